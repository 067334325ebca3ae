//! Bugs that people met with other programs and Outlook.
