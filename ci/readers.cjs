// What the npm package pprof-format reads of the profile that its first argument names; what it writes
// of that goes to the second.
const fs = require('node:fs');
const zlib = require('node:zlib');
const { Profile } = require('pprof-format');

const [, , file, again] = process.argv;
const profile = Profile.decode(zlib.gunzipSync(fs.readFileSync(file)));
fs.writeFileSync(again, profile.encode());

const texts = profile.stringTable.strings;
const text = (place) => texts[Number(place)];
const types = profile.sampleType.map((type) => `${text(type.type)}/${text(type.unit)}`);
const totals = types.map((_, type) =>
    profile.sample.reduce((sum, sample) => sum + BigInt(sample.value[type]), 0n));
const names = profile.function.map((each) => `${text(each.name)} ${text(each.filename)}`).sort();
const used = [
    ...profile.sampleType.flatMap((type) => [type.type, type.unit]),
    ...profile.function.flatMap((each) => [each.name, each.systemName, each.filename]),
    ...profile.mapping.flatMap((mapping) => [mapping.filename, mapping.buildId]),
    ...profile.sample.flatMap((sample) => sample.label).flatMap((label) => [label.key, label.str, label.numUnit]),
    ...profile.comment,
    profile.defaultSampleType,
];
const carries = texts.at(-1).startsWith('repool.extra.v1:');
if (carries && used.some((place) => Number(place) === texts.length - 1)) {
    throw new Error('something refers to the text that carries what is ours');
}
console.log(`${profile.sample.length} samples, ${profile.location.length} locations`);
types.forEach((type, place) => console.log(`${type}: ${totals[place]}`));
names.forEach((name) => console.log(name));
console.log(`default: ${text(profile.defaultSampleType)}`);
console.log(`carries lifetimes: ${carries}`);
