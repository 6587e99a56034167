//! Many messages in one call: for imports and for what has gathered while an app could not publish.
//!
//! They go to the writer in portions, each one job and one transaction, and the next when the one before is on disk: so
//! whoever publishes one message meanwhile waits for one portion at most, and the call is told once for each portion.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::Node;
use super::publish::receipt;
use crate::commit::job::Job;
use crate::commit::share::Sender;
use crate::model::{NewMessage, Receipt};
use crate::rules::own_message;
use crate::{Error, Result};

/// A portion holds at most this many messages, a few milliseconds of the writer's time.
const MOST: usize = 1_000;
/// And at most this many bytes of text and attachments, or one message.
const MOST_BYTES: usize = 1 << 20;

impl Node {
    /// Publishes many messages of the app's own users, for less than as many calls of
    /// [`publish_message`](Node::publish_message) cost: for an import, or what has gathered meanwhile. When this returns they
    /// are on disk, in the order given, and will arrive.
    ///
    /// Each stands for itself: for each, in the same order, there is its receipt, or why it was refused (`messages[17].text`
    /// is then the error's field), and a refused one keeps none of the others out. Where the store fails, the message that it
    /// failed at and all later ones have its error, and none of them is published.
    ///
    /// Give each a [`key`](NewMessage::key), and the whole can be repeated whatever happened: what was published before
    /// comes back as a duplicate. A call that is given up, or cut short by a crash, has published the messages up to some point
    /// and none of those after it.
    ///
    /// ```
    /// # use integrador::{Config, NewMessage, Node, RoomKind};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> integrador::Result<()> {
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let node = Node::open(Config::new("RustChat", dir.path().join("node.db"))).await?;
    /// # node.publish_room(7, "General", RoomKind::Public, vec![]).await?;
    /// let rows = [(1, "hola"), (2, "¿qué tal?")];
    /// let messages = rows.map(|(row, text)| NewMessage::new(7, 3, text).key(format!("row-{row}")));
    /// for (row, receipt) in rows.iter().zip(node.publish_messages(messages.into()).await?) {
    ///     if let Err(why) = receipt {
    ///         println!("row {}: {why}", row.0);
    ///     }
    /// }
    /// # node.close().await }
    /// ```
    ///
    /// # Errors
    /// Of the whole call: `forbidden` (a standalone node), `closed`. Of one message: as
    /// [`publish_message`](Node::publish_message).
    pub async fn publish_messages(&self, messages: Vec<NewMessage>) -> Result<Vec<Result<Receipt>>> {
        self.publish_readable_messages(messages.into_iter().map(Ok).collect()).await
    }

    /// The same for a binding to another language: what it could not read has its error already, and stays in its place.
    ///
    /// # Errors
    /// As [`publish_messages`](Node::publish_messages).
    pub async fn publish_readable_messages(&self, messages: Vec<Result<NewMessage>>) -> Result<Vec<Result<Receipt>>> {
        let own = self.own()?;
        let mut done = Vec::with_capacity(messages.len());
        let mut left = messages.into_iter().peekable();
        while left.peek().is_some() {
            let first = done.len();
            let (portion, bytes) = portion(&mut left);
            let count = portion.len();
            let check = |message: NewMessage| self.check_message(&message).map(|()| message);
            let checked = portion.into_iter().map(|message| message.and_then(check)).collect();
            let job = move |job: &mut Job<'_>| own_message::publish_all(job, own, checked);
            let taken = match self.handle.shared.writer.run_for(Sender::App, bytes, job).await {
                Ok(taken) => taken,
                Err(e) => {
                    let places = first..first + count + left.len();
                    done.extend(places.map(|place| Err(at(place, e.clone()))));
                    break;
                }
            };
            let directory = self.handle.shared.directory.read();
            let receipts = (first..).zip(taken).map(|(place, taken)| match taken {
                Ok(taken) => Ok(receipt(&directory, &taken)),
                Err(e) => Err(at(place, e)),
            });
            done.extend(receipts);
        }
        Ok(done)
    }
}

/// Takes the next portion, at least one message, and how long it is.
fn portion(left: &mut Peekable<IntoIter<Result<NewMessage>>>) -> (Vec<Result<NewMessage>>, usize) {
    let mut portion = Vec::with_capacity(left.len().min(MOST));
    let mut bytes = 0;
    while portion.len() < MOST
        && let Some(message) = left.next_if(|next| portion.is_empty() || bytes + length(next) <= MOST_BYTES)
    {
        bytes += length(&message);
        portion.push(message);
    }
    (portion, bytes)
}

fn length(message: &Result<NewMessage>) -> usize {
    let Ok(message) = message else { return 0 };
    let data = message.attachments.iter().filter_map(|attachment| attachment.data.as_ref());
    message.text.len() + data.map(String::len).sum::<usize>()
}

fn at(place: usize, error: Error) -> Error {
    error.within(format_args!("messages[{place}]"))
}

#[cfg(test)]
mod tests;
