//! The platforms file
