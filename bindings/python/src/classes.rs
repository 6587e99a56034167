//! The classes of the package that are made here, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

pub(crate) struct Classes {
    pub(crate) external_id: Py<PyAny>,
    pub(crate) user: Py<PyAny>,
    pub(crate) room: Py<PyAny>,
    pub(crate) platform: Py<PyAny>,
    pub(crate) attachment: Py<PyAny>,
    pub(crate) receipt: Py<PyAny>,
    pub(crate) message: Py<PyAny>,
    pub(crate) edit: Py<PyAny>,
    pub(crate) delete: Py<PyAny>,
    pub(crate) reaction: Py<PyAny>,
    pub(crate) user_change: Py<PyAny>,
    pub(crate) room_change: Py<PyAny>,
    pub(crate) platform_change: Py<PyAny>,
    pub(crate) delivery_change: Py<PyAny>,
    pub(crate) delivery: Py<PyAny>,
    pub(crate) platform_status: Py<PyAny>,
    pub(crate) status: Py<PyAny>,
    pub(crate) dead_letter: Py<PyAny>,
    pub(crate) finding: Py<PyAny>,
    pub(crate) introduction: Py<PyAny>,
    pub(crate) invite: Py<PyAny>,
    pub(crate) invite_info: Py<PyAny>,
    pub(crate) joined: Py<PyAny>,
    pub(crate) metric: Py<PyAny>,
    pub(crate) response: Py<PyAny>,
    /// A function from microseconds since the epoch to a `datetime`.
    pub(crate) time: Py<PyAny>,
    /// `json.loads`.
    pub(crate) json: Py<PyAny>,
    /// A function from the parts of an error to the exception.
    pub(crate) error: Py<PyAny>,
    pub(crate) invalid: Py<PyAny>,
    pub(crate) wrong_type: Py<PyAny>,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

pub(crate) fn classes(py: Python<'_>) -> PyResult<&Classes> {
    CLASSES.get_or_try_init(py, || {
        let model = py.import("integrador._model")?;
        let errors = py.import("integrador._errors")?;
        let class = |name: &str| model.getattr(name).map(Bound::unbind);
        Ok(Classes {
            external_id: class("ExternalId")?,
            user: class("User")?,
            room: class("Room")?,
            platform: class("Platform")?,
            attachment: class("Attachment")?,
            receipt: class("Receipt")?,
            message: class("Message")?,
            edit: class("Edit")?,
            delete: class("Delete")?,
            reaction: class("Reaction")?,
            user_change: class("UserChange")?,
            room_change: class("RoomChange")?,
            platform_change: class("PlatformChange")?,
            delivery_change: class("DeliveryChange")?,
            delivery: class("Delivery")?,
            platform_status: class("PlatformStatus")?,
            status: class("Status")?,
            dead_letter: class("DeadLetter")?,
            finding: class("Finding")?,
            introduction: class("Introduction")?,
            invite: class("Invite")?,
            invite_info: class("InviteInfo")?,
            joined: class("Joined")?,
            metric: class("Metric")?,
            response: class("Response")?,
            time: class("_time")?,
            json: py.import("json")?.getattr("loads")?.unbind(),
            error: errors.getattr("_error")?.unbind(),
            invalid: errors.getattr("InvalidError")?.unbind(),
            wrong_type: errors.getattr("InvalidTypeError")?.unbind(),
        })
    })
}
