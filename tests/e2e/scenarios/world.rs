//! The platforms of one scenario: real nodes on loopback with stores on disk, and handlers that do what the scenario says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use integrador::blocking::{Consumer, Node};
use integrador::{Config, Event, Result};
use integrador_tests::{Net, PATIENCE, Plain, found, free_port};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::calls;
use super::steps::{Names, Scenario, Step, matches};
use crate::once::forks::{ends_well, forked};

/// What the handler of a scenario does with an event, besides noting it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    when: Value,
    /// How often; always if it does not say.
    times: Option<u32>,
    fail: Option<String>,
    #[serde(rename = "do")]
    does: Option<String>,
    #[serde(default)]
    with: Map<String, Value>,
}

/// What reached an application.
#[derive(Debug, Default)]
struct Heard {
    called: Vec<Value>,
    handled: Vec<Value>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct App {
    port: u16,
    node: Option<Node>,
    /// The handler's thread, and what stops it.
    handler: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
    /// Also of what it was before it was closed.
    heard: Arc<Mutex<Heard>>,
}

impl App {
    fn node(&self) -> &Node {
        self.node.as_ref().expect("an `open` before")
    }

    fn close(&mut self) -> Result<()> {
        if let Some((stop, handler)) = self.handler.take() {
            stop.store(true, Ordering::SeqCst);
            handler.join().expect("no panic in a handler");
        }
        self.node().close()
    }

    fn handle_events(&mut self, rules: Vec<Rule>) -> Result<()> {
        let (node, heard, stop) = (self.node().clone(), self.heard.clone(), Arc::new(AtomicBool::new(false)));
        let (events, stopped) = (node.consumer()?, stop.clone());
        let thread = std::thread::spawn(move || pump(&node, events, rules, &heard, &stopped));
        self.handler = Some((stop, thread));
        Ok(())
    }
}

/// Hands the events to the rules until it is stopped.
fn pump(node: &Node, mut events: Consumer, mut rules: Vec<Rule>, heard: &Mutex<Heard>, stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        let next = events.next_while(Duration::MAX, || !stop.load(Ordering::SeqCst)).expect("the next event");
        let Some(event) = next else { continue };
        held(heard).called.push(calls::event(node, &event));
        match handled(node, &event, &mut rules) {
            Ok(()) => {
                // Noted first: whoever sees it at the other end may look here at once.
                held(heard).handled.push(calls::event(node, &event));
                events.done().expect("it is done");
            }
            Err(why) => events.failed(&why).expect("it failed"),
        }
    }
    events.close().expect("the consumer closes");
}

fn handled(node: &Node, event: &Event, rules: &mut [Rule]) -> std::result::Result<(), String> {
    let shown = calls::event(node, event);
    for rule in rules.iter_mut().filter(|rule| rule.times != Some(0) && matches(&shown, &rule.when)) {
        rule.times = rule.times.map(|times| times - 1);
        if let Some(does) = &rule.does {
            calls::call(node, does, rule.with.clone()).map_err(|e| e.to_string())?;
        }
        if let Some(why) = &rule.fail {
            return Err(why.clone());
        }
    }
    Ok(())
}

/// See the [module](self).
pub(super) struct World {
    apps: BTreeMap<String, App>,
    /// The platforms without the library.
    plain: BTreeMap<String, Plain>,
    names: Names,
    net: Net,
}

impl World {
    pub(super) fn new(scenario: &Scenario) -> World {
        let net = Net::new();
        let app = |name: &String| (name.clone(), App { port: free_port(), ..App::default() });
        let mut apps: BTreeMap<_, _> = scenario.platforms.iter().map(app).collect();
        let url = |app: &App| format!("http://127.0.0.1:{}/", app.port);
        for own in &scenario.platforms {
            let others = apps.iter().filter(|(name, _)| *name != own).map(|(name, app)| (name.as_str(), url(app)));
            let others: Vec<_> = others.collect();
            net.registry(own, &others.iter().map(|(name, url)| (*name, url.as_str())).collect::<Vec<_>>());
        }
        for newcomer in &scenario.newcomers {
            net.registry(newcomer, &[]);
        }
        apps.extend(scenario.newcomers.iter().map(app));
        let plain: BTreeMap<_, _> = scenario.plain.iter().map(|name| (name.clone(), Plain::start(name))).collect();
        let mut names = Names::default();
        for (name, platform) in &plain {
            names.keep(name, json!({"endpoint": platform.url()}));
        }
        World { apps, plain, names, net }
    }

    pub(super) fn play(&mut self, steps: &[Step]) {
        for (number, step) in steps.iter().enumerate() {
            self.step(step, &format!("step {}, {}", number + 1, described(step)));
        }
    }

    fn step(&mut self, step: &Step, place: &str) {
        let with = self.names.put_in_all(&step.with);
        let is = step.is.as_ref().map(|is| self.names.put_in(is));
        let returned = match (&step.does, &step.expect, &step.fails, is) {
            (Some(does), None, Some(kind), None) => {
                let failed = self.call(step, does, with).map_err(|e| e.kind().as_str());
                assert_eq!(failed.err(), Some(kind.as_str()), "{place}");
                return;
            }
            (Some(does), None, None, is) => {
                let returned = self.call(step, does, with).unwrap_or_else(|e| panic!("{place}: {e}"));
                let as_expected = is.as_ref().is_none_or(|is| matches(&returned, is));
                assert!(as_expected, "{place}: expected {}, got {returned}", is.unwrap_or_default());
                returned
            }
            (None, Some(expect), None, Some(is)) => self.comes_true(step, expect, &with, &is, place),
            _ => panic!("{place}: either `do`, with `is` or `fails` or neither, or `expect` with `is`"),
        };
        if let Some(name) = &step.name {
            self.names.keep(name, returned);
        }
    }

    /// Asks until it is so.
    fn comes_true(&mut self, step: &Step, expect: &str, with: &Map<String, Value>, is: &Value, place: &str) -> Value {
        let begin = std::time::Instant::now();
        let look = || {
            let returned = self.call(step, expect, with.clone()).unwrap_or_else(|e| panic!("{place}: {e}"));
            let so = matches(&returned, is);
            assert!(so || begin.elapsed() < PATIENCE, "{place}: expected {is}, at last it was {returned}");
            so.then_some(returned)
        };
        // The assertion is quicker, and says more.
        found(place, look).0
    }

    fn call(&mut self, step: &Step, operation: &str, with: Map<String, Value>) -> Result<Value> {
        if operation == "fork" {
            self.fork(&step.steps);
            return Ok(Value::Null);
        }
        let name = &step.on;
        if operation == "posted" {
            let plain = self.plain.get(name).unwrap_or_else(|| panic!("{name} is no platform without the library"));
            let posts = plain.posts().into_iter().map(|post| json!({"path": post.path, "body": post.body}));
            return Ok(chosen(&posts.collect::<Vec<_>>(), with));
        }
        let app = self.apps.get_mut(name).unwrap_or_else(|| panic!("{name} is none of the platforms"));
        match operation {
            "open" => {
                app.node = Some(Node::open(configured(&self.net.config(name, app.port), with)?)?);
            }
            "close" => app.close()?,
            "handle_events" => {
                let rules = with.get("rules").cloned().unwrap_or(json!([]));
                app.handle_events(serde_json::from_value(rules).expect("rules"))?;
            }
            "called" => return Ok(chosen(&held(&app.heard).called, with)),
            "handled" => return Ok(chosen(&held(&app.heard).handled, with)),
            "in_order" => {
                let ids = with["events"].as_array().expect("`events`");
                return Ok(ids.is_sorted_by(|one, next| one.as_str() < next.as_str()).into());
            }
            other => return calls::call(app.node(), other, with),
        }
        Ok(Value::Null)
    }

    /// Has a child of this process play these steps.
    fn fork(&mut self, steps: &[Step]) {
        let child = forked(|| {
            self.play(steps);
            true
        });
        assert!(ends_well(child), "in the child");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for app in self.apps.values_mut().filter(|app| app.node.is_some()) {
            let closed = app.close();
            if !std::thread::panicking() {
                closed.expect("it closes");
            }
        }
    }
}

/// The configuration with these options, which are called as in JSON.
fn configured(config: &Config, options: Map<String, Value>) -> Result<Config> {
    let mut all = serde_json::to_value(config).expect("a configuration is JSON");
    all.as_object_mut().expect("an object").extend(options);
    Config::from_json(&all.to_string())
}

/// Those of them that have these fields.
fn chosen(all: &[Value], with: Map<String, Value>) -> Value {
    let wanted = Value::from(with);
    all.iter().filter(|one| matches(one, &wanted)).cloned().collect()
}

fn described(step: &Step) -> String {
    let word = step.does.as_ref().or(step.expect.as_ref()).map_or("?", String::as_str);
    format!("{word} on {} {}", step.on, Value::from(step.with.clone()))
}
