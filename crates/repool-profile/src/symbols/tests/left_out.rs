//! Symbols of programs that were compiled by Rust 1.95, in both manglings, with their demangled
//! names.

/// Symbols of the allocator, of the standard library and of collections.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    (
        "_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17h832eae6129106ff8E",
        "alloc::raw_vec::RawVec<T,A>::grow_one",
    ),
    (
        "_ZN5alloc3vec16Vec$LT$T$C$A$GT$4push17hf70680cbee8ce3c1E",
        "alloc::vec::Vec<T,A>::push",
    ),
    (
        "_RNvMsF_NtCslNYArtu3iFV_5alloc3vecINtB5_3VecyE4pushCs12jkoC9p3aE_1p",
        "<alloc::vec::Vec<u64>>::push",
    ),
    (
        "_RNvMs3_NtCslNYArtu3iFV_5alloc7raw_vecINtB5_6RawVecyE8grow_oneCs12jkoC9p3aE_1p",
        "<alloc::raw_vec::RawVec<u64>>::grow_one",
    ),
    (
        "_RNvMs4_NtCslNYArtu3iFV_5alloc7raw_vecNtB5_11RawVecInner11finish_growB7_",
        "<alloc::raw_vec::RawVecInner>::finish_grow",
    ),
    (
        "_ZN67_$LT$alloc..vec..Vec$LT$T$C$A$GT$$u20$as$u20$core..clone..Clone$GT$5clone17hf854f72f32a90f5eE",
        "<alloc::vec::Vec<T,A> as core::clone::Clone>::clone",
    ),
    (
        "_RNvXsa_NtCslNYArtu3iFV_5alloc3vecINtB5_3VecNtCsjn16FYFyZGm_4user3FooENtNtCsgEmfK2I1SDS_4core5clone5Clone5cloneBH_",
        "<alloc::vec::Vec<user::Foo> as core::clone::Clone>::clone",
    ),
    (
        "_ZN95_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..iter..traits..collect..FromIterator$LT$T$GT$$GT$9from_iter17h01ea733973cc2a46E",
        "<alloc::vec::Vec<T> as core::iter::traits::collect::FromIterator<T>>::from_iter",
    ),
    (
        "_ZN111_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$alloc..vec..spec_from_iter_nested..SpecFromIterNested$LT$T$C$I$GT$$GT$9from_iter17h9ac2e5e8bf21eb7fE",
        "<alloc::vec::Vec<T> as alloc::vec::spec_from_iter_nested::SpecFromIterNested<T,I>>::from_iter",
    ),
    (
        "_ZN4core4iter6traits8iterator8Iterator7collect17hb10015fccecf5e51E",
        "core::iter::traits::iterator::Iterator::collect",
    ),
    (
        "_RINvYINtNtNtNtCsgEmfK2I1SDS_4core4iter8adapters6cloned6ClonedINtNtNtBc_5slice4iter4IterNtCsjn16FYFyZGm_4user3FooEENtNtNtBa_6traits8iterator8Iterator7collectNtB1p_1WEB1p_",
        "<core::iter::adapters::cloned::Cloned<core::slice::iter::Iter<user::Foo>> as core::iter::traits::iterator::Iterator>::collect::<user::W>",
    ),
    (
        "_ZN45_$LT$T$u20$as$u20$alloc..string..ToString$GT$9to_string17h693ff364e288eeffE",
        "<T as alloc::string::ToString>::to_string",
    ),
    (
        "_RNvXsB_NtCslNYArtu3iFV_5alloc6stringNtCsjn16FYFyZGm_4user3BarNtB5_8ToString9to_stringBA_",
        "<user::Bar as alloc::string::ToString>::to_string",
    ),
    (
        "_ZN49_$LT$T$u20$as$u20$alloc..string..SpecToString$GT$14spec_to_string17h4ff90d2059aa4f4cE",
        "<T as alloc::string::SpecToString>::spec_to_string",
    ),
    (
        "_RNvXs4_NtCslNYArtu3iFV_5alloc6stringNtB5_6StringNtNtCsgEmfK2I1SDS_4core5clone5Clone5clone",
        "<alloc::string::String as core::clone::Clone>::clone",
    ),
    (
        "_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Write$GT$9write_str17ha671d5083a509bdfE",
        "<alloc::string::String as core::fmt::Write>::write_str",
    ),
    (
        "_RNvXsZ_NtCslNYArtu3iFV_5alloc6stringNtB5_6StringNtNtCsgEmfK2I1SDS_4core3fmt5Write9write_str",
        "<alloc::string::String as core::fmt::Write>::write_str",
    ),
    (
        "_ZN5alloc3fmt6format17h016f7eb71ca29548E",
        "alloc::fmt::format",
    ),
    (
        "_RNvNtCslNYArtu3iFV_5alloc3fmt6formatCs12jkoC9p3aE_1p",
        "alloc::fmt::format",
    ),
    (
        "_RNvNvNtCslNYArtu3iFV_5alloc3fmt6format12format_inner",
        "alloc::fmt::format::format_inner",
    ),
    (
        "_ZN5alloc3str21_$LT$impl$u20$str$GT$6repeat17h8c947a50efd5f2deE",
        "alloc::str::<impl str>::repeat",
    ),
    (
        "_RNvMs3_NtCslNYArtu3iFV_5alloc3stre6repeatCsjn16FYFyZGm_4user",
        "<str>::repeat",
    ),
    (
        "_ZN5alloc5alloc5alloc17hade3577fa057a64cE",
        "alloc::alloc::alloc",
    ),
    (
        "_RNvNtCslNYArtu3iFV_5alloc5alloc5allocCsjn16FYFyZGm_4user",
        "alloc::alloc::alloc",
    ),
    (
        "_ZN5alloc2rc15Rc$LT$T$C$A$GT$9drop_slow17h71f9b3494f4b6d1eE",
        "alloc::rc::Rc<T,A>::drop_slow",
    ),
    (
        "_RINvMsk_NtCslNYArtu3iFV_5alloc2rcINtB6_2RcShE19allocate_for_layoutNCNvMsm_B6_Bv_18allocate_for_slice0NCB14_s_0ECs12jkoC9p3aE_1p",
        "<alloc::rc::Rc<[u8]>>::allocate_for_layout::<<alloc::rc::Rc<[u8]>>::allocate_for_slice::{closure#0}, <alloc::rc::Rc<[u8]>>::allocate_for_slice::{closure#1}>",
    ),
    (
        "_ZN93_$LT$alloc..rc..Rc$LT$str$GT$$u20$as$u20$core..convert..From$LT$alloc..string..String$GT$$GT$4from17hddfc166794f12a11E",
        "<alloc::rc::Rc<str> as core::convert::From<alloc::string::String>>::from",
    ),
    (
        "_RNvXsV_NtCslNYArtu3iFV_5alloc2rcINtB5_2RceEINtNtCsgEmfK2I1SDS_4core7convert4FromNtNtB7_6string6StringE4fromCs12jkoC9p3aE_1p",
        "<alloc::rc::Rc<str> as core::convert::From<alloc::string::String>>::from",
    ),
    (
        "_ZN5alloc4sync22Arc$LT$$u5b$T$u5d$$GT$15from_iter_exact17h8425298a6e22431cE",
        "alloc::sync::Arc<[T]>::from_iter_exact",
    ),
    (
        "_ZN3std11collections4hash3map28HashMap$LT$K$C$V$C$S$C$A$GT$6insert17h2a7f89df982fb327E",
        "std::collections::hash::map::HashMap<K,V,S,A>::insert",
    ),
    (
        "_RNvMs2_NtNtNtCsjrHSEGnQ3l9_3std11collections4hash3mapINtB5_7HashMapNtNtCslNYArtu3iFV_5alloc6string6StringyE6insertCs12jkoC9p3aE_1p",
        "<std::collections::hash::map::HashMap<alloc::string::String, u64>>::insert",
    ),
    (
        "_ZN9hashbrown3raw21RawTable$LT$T$C$A$GT$14reserve_rehash17h9fcc3e1830acccc0E",
        "hashbrown::raw::RawTable<T,A>::reserve_rehash",
    ),
    (
        "_ZN9hashbrown3raw13RawTableInner17new_uninitialized17h01351f7bfb83ca63E",
        "hashbrown::raw::RawTableInner::new_uninitialized",
    ),
    (
        "_RNvMsa_NtCsjUhjNLxaEO1_9hashbrown3rawNtB5_13RawTableInner10ctrl_slice",
        "<hashbrown::raw::RawTableInner>::ctrl_slice",
    ),
    (
        "_ZN5alloc11collections5btree3map25BTreeMap$LT$K$C$V$C$A$GT$6insert17h0df09cd816a0da00E",
        "alloc::collections::btree::map::BTreeMap<K,V,A>::insert",
    ),
    (
        "_RNvMsi_NtNtNtCslNYArtu3iFV_5alloc11collections5btree3mapINtB5_8BTreeMapyNtNtBb_6string6StringE6insertCs12jkoC9p3aE_1p",
        "<alloc::collections::btree::map::BTreeMap<u64, alloc::string::String>>::insert",
    ),
    (
        "_ZN5alloc11collections5btree4node117NodeRef$LT$alloc..collections..btree..node..marker..Owned$C$K$C$V$C$alloc..collections..btree..node..marker..Leaf$GT$8new_leaf17h211c566150a37b27E",
        "alloc::collections::btree::node::NodeRef<alloc::collections::btree::node::marker::Owned,K,V,alloc::collections::btree::node::marker::Leaf>::new_leaf",
    ),
    (
        "_ZN5alloc11collections9vec_deque21VecDeque$LT$T$C$A$GT$4grow17hd6f0be00fb7e0ce3E",
        "alloc::collections::vec_deque::VecDeque<T,A>::grow",
    ),
    (
        "_RNvMs3_NtNtCslNYArtu3iFV_5alloc11collections9vec_dequeINtB5_8VecDequeyE4growCs12jkoC9p3aE_1p",
        "<alloc::collections::vec_deque::VecDeque<u64>>::grow",
    ),
    (
        "_ZN4core5slice4sort6stable14driftsort_main17h83459ab2dda8cad8E",
        "core::slice::sort::stable::driftsort_main",
    ),
    (
        "_ZN5alloc5slice99_$LT$impl$u20$core..slice..sort..stable..BufGuard$LT$T$GT$$u20$for$u20$alloc..vec..Vec$LT$T$GT$$GT$13with_capacity17h0c9da0b6d084d30aE",
        "alloc::slice::<impl core::slice::sort::stable::BufGuard<T> for alloc::vec::Vec<T>>::with_capacity",
    ),
    (
        "_RINvMNtCslNYArtu3iFV_5alloc5sliceSNtNtB5_6string6String7sort_byNCNvCs12jkoC9p3aE_1p5sortss0_0EB13_",
        "<[alloc::string::String]>::sort_by::<p::sorts::{closure#2}>",
    ),
    (
        "_ZN5alloc5slice29_$LT$impl$u20$$u5b$T$u5d$$GT$4sort17h080e74dc5b800086E",
        "alloc::slice::<impl [T]>::sort",
    ),
    (
        "_ZN3std2io5impls74_$LT$impl$u20$std..io..Write$u20$for$u20$alloc..vec..Vec$LT$u8$C$A$GT$$GT$9write_all17ha98b26e195cbbdf4E",
        "std::io::impls::<impl std::io::Write for alloc::vec::Vec<u8,A>>::write_all",
    ),
    (
        "_RNvXs9_NtNtCsjrHSEGnQ3l9_3std2io5implsINtNtCslNYArtu3iFV_5alloc3vec3VechENtB7_5Write9write_allB9_",
        "<alloc::vec::Vec<u8> as std::io::Write>::write_all",
    ),
    (
        "_ZN3std2io5Write9write_fmt17he4315fae2de1ad0bE",
        "std::io::Write::write_fmt",
    ),
    (
        "_RNvYNtCsjn16FYFyZGm_4user1WNtNtCsjrHSEGnQ3l9_3std2io5Write9write_fmtB4_",
        "<user::W as std::io::Write>::write_fmt",
    ),
    (
        "_ZN4core3ops8function6FnOnce40call_once$u7b$$u7b$vtable.shim$u7d$$u7d$17h8a53b9c7d7b5ff50E",
        "core::ops::function::FnOnce::call_once{{vtable.shim}}",
    ),
    (
        "_ZN4core3ptr29drop_in_place$LT$p..Named$GT$17ha2e35efd7f2baa87E",
        "core::ptr::drop_in_place<p::Named>",
    ),
    (
        "_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeNtCsjn16FYFyZGm_4user3FooEBI_",
        "core::ptr::drop_in_place::<user::Foo>",
    ),
    (
        "_ZN8smallvec17SmallVec$LT$A$GT$4push17h5be9c7552eb82750E",
        "smallvec::SmallVec<A>::push",
    ),
    (
        "_RNvMsc_CsaIBhJ8XEq3H_8smallvecINtB5_8SmallVecANtNtCslNYArtu3iFV_5alloc6string6Stringj2_E4pushCsjn16FYFyZGm_4user",
        "<smallvec::SmallVec<[alloc::string::String; 2]>>::push",
    ),
    (
        "_ZN8indexmap3map25IndexMap$LT$K$C$V$C$S$GT$6insert17h36d3efe0e3d7aa82E",
        "indexmap::map::IndexMap<K,V,S>::insert",
    ),
    (
        "_RNvMs2_NtCskNV9ykwk7uD_8indexmap3mapINtB5_8IndexMapNtNtCslNYArtu3iFV_5alloc6string6StringlE6insertCsjn16FYFyZGm_4user",
        "<indexmap::map::IndexMap<alloc::string::String, i32>>::insert",
    ),
    (
        "_ZN8arrayvec8arrayvec21ArrayVec$LT$T$C$_$GT$16extend_from_iter17h662d5e33b9bbe825E",
        "arrayvec::arrayvec::ArrayVec<T,_>::extend_from_iter",
    ),
    (
        "_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc",
        "__rustc::__rust_alloc",
    ),
    (
        "_RNvCsfLfy6EI15iL_7___rustc14___rust_realloc",
        "__rustc::__rust_realloc",
    ),
    (
        "_RNvCsfLfy6EI15iL_7___rustc11___rdl_alloc",
        "__rustc::__rdl_alloc",
    ),
    (
        "_ZN62_$LT$user..Own$u20$as$u20$core..alloc..global..GlobalAlloc$GT$5alloc17hc8e80da7cdbd4d52E",
        "<user::Own as core::alloc::global::GlobalAlloc>::alloc",
    ),
    (
        "_RNvXCsjn16FYFyZGm_4userNtB2_3OwnNtNtNtCsgEmfK2I1SDS_4core5alloc6global11GlobalAlloc5alloc",
        "<user::Own as core::alloc::global::GlobalAlloc>::alloc",
    ),
    (
        "_ZN3std6thread9lifecycle15spawn_unchecked17h462827f4533c6ac5E",
        "std::thread::lifecycle::spawn_unchecked",
    ),
    (
        "_RNvYNvYNtCsjn16FYFyZGm_4user3FooNtNtCsgEmfK2I1SDS_4core5clone5Clone5cloneINtNtNtBy_3ops8function5FnMutTRB5_EE8call_mutB7_",
        "<<user::Foo as core::clone::Clone>::clone as core::ops::function::FnMut<(&user::Foo,)>>::call_mut",
    ),
    (
        "_ZN3std2rt10lang_start17h6216e39503c893fcE",
        "std::rt::lang_start",
    ),
];
