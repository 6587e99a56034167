//! Promise 5: one slow, broken or hostile platform delays no other.

use std::time::Duration;

use integrador::{NewMessage, RoomKind};
use integrador_tests::{App, Net, Plain, Reply, eventually, free_port, with};

/// Shows promise 5.
#[test]
fn a_platform_that_hangs_and_one_that_drips_delay_nobody() {
    let net = Net::new();
    let (hanging, dripping, good) = (Plain::start("hanging"), Plain::start("dripping"), Plain::start("good"));
    hanging.answers(|_| Reply::Hang);
    dripping.answers(|_| Reply::Drip);
    net.registry("A", &[("hanging", &hanging.url()), ("dripping", &dripping.url()), ("good", &good.url())]);
    let a = App::open(with(net.config("A", free_port()), |config| config.request_timeout = Duration::from_secs(3)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    for n in 0..50 {
        a.node.publish_message(NewMessage::new(1, 1, n.to_string())).unwrap();
    }
    let took = eventually("the good one has everything", || good.texts().len() == 50);
    assert!(took < Duration::from_secs(3), "{took:?}: it waited for the others");
    eventually("the hanging one counts as down", || {
        let status = a.node.status().unwrap();
        status.platforms.iter().any(|p| &*p.name == "hanging" && p.up == Some(false) && p.waiting == 51)
    });
}
