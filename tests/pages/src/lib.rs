//! Browser tests of the pages live in `tests/browser`; nothing is exported.
