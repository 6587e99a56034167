//! Maps and sets for what is looked up for every message: a hash that is several times faster than the standard library's,
//! seeded for each map, so that nobody outside can tell which keys would meet.

/// Seeded anew for each map.
pub(crate) type RandomState = foldhash::fast::RandomState;
/// Like the standard library's; made by `default()`.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// Like the standard library's; made by `default()`.
pub(crate) type HashSet<T> = std::collections::HashSet<T, RandomState>;
/// Keeps the order in which keys came.
pub(crate) type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;
/// Keeps the order in which values came.
pub(crate) type IndexSet<T> = indexmap::IndexSet<T, RandomState>;
