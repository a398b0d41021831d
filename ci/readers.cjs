// Prints what the npm package pprof-format reads from the profile of its first argument, and writes the
// profile again to the path of the second.
const fs = require('node:fs');
const zlib = require('node:zlib');
const { Profile } = require('pprof-format');

const [, , file, again] = process.argv;
const profile = Profile.decode(zlib.gunzipSync(fs.readFileSync(file)));
fs.writeFileSync(again, profile.encode());

const texts = profile.stringTable.strings;
const text = (index) => texts[Number(index)];
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
if (carries && used.some((index) => Number(index) === texts.length - 1)) {
    throw new Error('something refers to the text that carries what is ours');
}
console.log(`${profile.sample.length} samples, ${profile.location.length} locations`);
types.forEach((type, index) => console.log(`${type}: ${totals[index]}`));
names.forEach((name) => console.log(name));
console.log(`default: ${text(profile.defaultSampleType)}`);
console.log(`carries lifetimes: ${carries}`);
