//! Answers as servers send them, quirks and all.
