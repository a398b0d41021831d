//! Symbols of programs that were compiled by Rust 1.95, in both manglings, with their demangled
//! names.

/// Symbols of other crates, whose names mention crates that are left out.
pub(super) const KEPT: &[(&str, &str)] = &[
    ("_ZN4user4main17hebff8010b5dfd7f2E", "user::main"),
    ("_RNvCsjn16FYFyZGm_4user4main", "user::main"),
    ("_ZN4user4deep4call17h7e6baad6087095ecE", "user::deep::call"),
    ("_RNvNtCsjn16FYFyZGm_4user4deep4call", "user::deep::call"),
    (
        "_ZN4user4main28_$u7b$$u7b$closure$u7d$$u7d$17hc5c313c51448c481E",
        "user::main::{{closure}}",
    ),
    (
        "_RNCNvCsjn16FYFyZGm_4user4mains_0B3_",
        "user::main::{closure#1}",
    ),
    (
        "_ZN53_$LT$user..Foo$u20$as$u20$alloc..string..ToString$GT$9to_string17h899ddce05570c0e6E",
        "<user::Foo as alloc::string::ToString>::to_string",
    ),
    (
        "_RNvXs_Csjn16FYFyZGm_4userNtB4_3FooNtNtCslNYArtu3iFV_5alloc6string8ToString9to_string",
        "<user::Foo as alloc::string::ToString>::to_string",
    ),
    (
        "_ZN48_$LT$user..Foo$u20$as$u20$core..clone..Clone$GT$5clone17hf9ededd616f19d99E",
        "<user::Foo as core::clone::Clone>::clone",
    ),
    (
        "_RNvXs6_Csjn16FYFyZGm_4userNtB5_3FooNtNtCsgEmfK2I1SDS_4core5clone5Clone5cloneB5_",
        "<user::Foo as core::clone::Clone>::clone",
    ),
    (
        "_ZN57_$LT$alloc..vec..Vec$LT$u8$GT$$u20$as$u20$user..Twice$GT$5twice17hbd2b182cf7ba49a7E",
        "<alloc::vec::Vec<u8> as user::Twice>::twice",
    ),
    (
        "_RNvXs1_Csjn16FYFyZGm_4userINtNtCslNYArtu3iFV_5alloc3vec3VechENtB5_5Twice5twice",
        "<alloc::vec::Vec<u8> as user::Twice>::twice",
    ),
    (
        "_ZN61_$LT$core..option..Option$LT$T$GT$$u20$as$u20$user..Twice$GT$5twice17h9c826a7c6f9f1935E",
        "<core::option::Option<T> as user::Twice>::twice",
    ),
    (
        "_RNvXs2_Csjn16FYFyZGm_4userINtNtCsgEmfK2I1SDS_4core6option6OptionlENtB5_5Twice5twiceB5_",
        "<core::option::Option<i32> as user::Twice>::twice",
    ),
    (
        "_ZN4user5Twice5given17h648ac48854d6b6eeE",
        "user::Twice::given",
    ),
    (
        "_RNvYINtNtCslNYArtu3iFV_5alloc3vec3VechENtCsjn16FYFyZGm_4user5Twice5givenBD_",
        "<alloc::vec::Vec<u8> as user::Twice>::given",
    ),
    (
        "_ZN42_$LT$user..W$u20$as$u20$std..io..Write$GT$5write17hcb36788c08b55102E",
        "<user::W as std::io::Write>::write",
    ),
    (
        "_RNvXs3_Csjn16FYFyZGm_4userNtB5_1WNtNtCsjrHSEGnQ3l9_3std2io5Write5write",
        "<user::W as std::io::Write>::write",
    ),
    (
        "_ZN73_$LT$user..deep..It$u20$as$u20$core..iter..traits..iterator..Iterator$GT$4next17h12edeaf891663551E",
        "<user::deep::It as core::iter::traits::iterator::Iterator>::next",
    ),
    (
        "_RNvXNtCsjn16FYFyZGm_4user4deepNtB2_2ItNtNtNtNtCsgEmfK2I1SDS_4core4iter6traits8iterator8Iterator4next",
        "<user::deep::It as core::iter::traits::iterator::Iterator>::next",
    ),
    (
        "_ZN4user116_$LT$impl$u20$core..convert..From$LT$user..Foo$GT$$u20$for$u20$alloc..boxed..Box$LT$dyn$u20$core..fmt..Debug$GT$$GT$4from17h083bc099394b1a25E",
        "user::<impl core::convert::From<user::Foo> for alloc::boxed::Box<dyn core::fmt::Debug>>::from",
    ),
    (
        "_RNvXs4_Csjn16FYFyZGm_4userINtNtCslNYArtu3iFV_5alloc5boxed3BoxDNtNtCsgEmfK2I1SDS_4core3fmt5DebugEL_EINtNtB12_7convert4FromNtB5_3FooE4from",
        "<alloc::boxed::Box<dyn core::fmt::Debug> as core::convert::From<user::Foo>>::from",
    ),
    (
        "_ZN86_$LT$user..W$u20$as$u20$core..iter..traits..collect..FromIterator$LT$user..Foo$GT$$GT$9from_iter17h100b95d82a49d770E",
        "<user::W as core::iter::traits::collect::FromIterator<user::Foo>>::from_iter",
    ),
    (
        "_ZN86_$LT$user..W$u20$as$u20$core..iter..traits..collect..FromIterator$LT$user..Foo$GT$$GT$9from_iter28_$u7b$$u7b$closure$u7d$$u7d$17h951988eed448ad39E",
        "<user::W as core::iter::traits::collect::FromIterator<user::Foo>>::from_iter::{{closure}}",
    ),
    (
        "_RNCNCNvCs12jkoC9p3aE_1p5boxes00B5_",
        "p::boxes::{closure#0}::{closure#0}",
    ),
    (
        "_ZN1p4user4deep12Gen$LT$T$GT$3add17h4805868781fb021cE",
        "p::user::deep::Gen<T>::add",
    ),
    (
        "_RNvMNtNtCs12jkoC9p3aE_1p4user4deepINtB2_3GenNtNtCslNYArtu3iFV_5alloc6string6StringE3addB6_",
        "<p::user::deep::Gen<alloc::string::String>>::add",
    ),
    (
        "_ZN45_$LT$p..Foo$u20$as$u20$core..fmt..Display$GT$3fmt17hb6f5cba94fa60471E",
        "<p::Foo as core::fmt::Display>::fmt",
    ),
    (
        "_RNvXCs12jkoC9p3aE_1pNtB2_3FooNtNtCsgEmfK2I1SDS_4core3fmt7Display3fmt",
        "<p::Foo as core::fmt::Display>::fmt",
    ),
    ("_start", "_start"),
    (
        "_ZN53_$LT$Q$u20$as$u20$equivalent..Equivalent$LT$K$GT$$GT$10equivalent17h094d759f1cc7c764E",
        "<Q as equivalent::Equivalent<K>>::equivalent",
    ),
    (
        "_RNvXCsfD1Z5hD4wDo_10equivalentlINtB2_10EquivalentlE10equivalentCsjn16FYFyZGm_4user",
        "<i32 as equivalent::Equivalent<i32>>::equivalent",
    ),
];
