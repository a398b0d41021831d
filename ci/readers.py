"""Prints what Python's protobuf reads from a profile, by a description of the format's messages. ci/readers.cjs
prints the same text."""

import gzip
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

MESSAGES = {
    "ValueType": "type:1 unit:2",
    "Label": "key:1 str:2 num:3 num_unit:4",
    "Sample": "location_id:1:uint64* value:2:int64* label:3:Label*",
    "Mapping": "id:1 memory_start:2:uint64 memory_limit:3:uint64 file_offset:4:uint64 filename:5 build_id:6",
    "Line": "function_id:1:uint64 line:2 column:3",
    "Location": "id:1:uint64 mapping_id:2:uint64 address:3:uint64 line:4:Line*",
    "Function": "id:1:uint64 name:2 system_name:3 filename:4 start_line:5",
    "Profile": "sample_type:1:ValueType* sample:2:Sample* mapping:3:Mapping* location:4:Location* "
    "function:5:Function* string_table:6:string* time_nanos:9 duration_nanos:10 period_type:11:ValueType "
    "period:12 comment:13:int64* default_sample_type:14",
}


def profile_class():
    file = descriptor_pb2.FileDescriptorProto(name="profile.proto", package="p", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for described in fields.split():
            field_name, number, *kind = described.split(":")
            kind = kind[0] if kind else "int64"
            field = message.field.add(name=field_name, number=int(number))
            field.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
            kind = kind.rstrip("*")
            if kind in MESSAGES:
                field.type, field.type_name = field.TYPE_MESSAGE, f".p.{kind}"
            else:
                field.type = getattr(field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("p.Profile"))


with gzip.open(sys.argv[1]) as packed:
    profile = profile_class().FromString(packed.read())
text = profile.string_table
print(f"{len(profile.sample)} samples, {len(profile.location)} locations")
for index, kind in enumerate(profile.sample_type):
    print(f"{text[kind.type]}/{text[kind.unit]}: {sum(sample.value[index] for sample in profile.sample)}")
for name in sorted(f"{text[each.name]} {text[each.filename]}" for each in profile.function):
    print(name)
print(f"default: {text[profile.default_sample_type]}")
print(f"carries lifetimes: {str(text[-1].startswith('repool.extra.v1:')).lower()}")
