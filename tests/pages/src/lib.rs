//! Browser tests of the pages live in `tests/`; nothing is exported.
