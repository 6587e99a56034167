//! Reading: from bytes and JSON values to bodies, with errors that name the field.

use bytes::Bytes;

use super::json::Value;
use super::*;
use crate::Result;
use crate::config::Limits;
use crate::store::EventKind;
