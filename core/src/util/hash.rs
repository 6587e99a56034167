//! Maps for what is looked up for every message: a hash that is several times faster than the standard library's, seeded
//! for each map, so that nobody outside can tell which keys would meet.

/// Like the standard library's; made by `default()`.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

/// Like the standard library's; made by `default()`.
pub(crate) type HashSet<T> = std::collections::HashSet<T, foldhash::fast::RandomState>;
