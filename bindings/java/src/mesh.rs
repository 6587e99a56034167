//! Nodes in memory, for an application's tests: `integrador::testing::blocking::Mesh`. All of it may wait.

use integrador::Result;
use integrador::testing::blocking::Mesh;

use crate::bytes::{Reader, Writer};
use crate::calls::unknown;
use crate::{given, handles};

pub(crate) fn call(given: &mut Reader<'_>, answer: &mut Writer) -> Result<()> {
    let name = given.text()?;
    if name == "open" {
        let names = given.list(|given| given.text().map(str::to_owned))?;
        let options = given::config(given)?;
        answer.i64(handles::keep_mesh(Mesh::open_as(names, &options)?));
        return Ok(());
    }
    let mesh = handles::mesh(given.i64()?)?;
    match name {
        "node" => answer.i64(handles::keep_node(mesh.node(given.text()?)?)?),
        "down" => mesh.down(given.text()?)?,
        "up" => mesh.up(given.text()?)?,
        "crash" => mesh.crash(given.text()?)?,
        "reopen" => answer.i64(handles::keep_node(mesh.reopen(given.text()?)?)?),
        "advance" => mesh.advance(given.patience()?)?,
        "settle" => mesh.settle()?,
        "wait_for_handler" => mesh.wait_for_handler(given.text()?)?,
        _ => return Err(unknown(name)),
    }
    Ok(())
}
