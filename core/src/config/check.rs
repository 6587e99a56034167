//! What a configuration must fulfil for a node to be opened with it.

use std::time::Duration;

use super::{Config, Limits};
use crate::{Error, Result};

/// Longer than any process runs, and short enough to count with.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);
/// The bodies of all requests together have room for a peer's longest, which is twice as long.
const LONGEST_BODY: usize = 32 << 20;

impl Config {
    pub(crate) fn validate(&self) -> Result<()> {
        let field = if self.is_standalone() { "name" } else { "platform" };
        crate::model::name::check_name(self.node_name()).map_err(|e| e.into_config().within(field))?;
        if self.store.as_os_str().is_empty() {
            return Err(Error::config("give the path of a file").within("store"));
        }
        self.check_durations()?;
        self.check_numbers()?;
        self.limits.check()
    }

    fn check_durations(&self) -> Result<()> {
        // Each with whether it may be zero.
        let durations = [
            ("request_timeout", self.request_timeout, false),
            ("retention", self.retention, false),
            ("handler_timeout", self.handler_timeout, false),
            ("ping_interval", self.ping_interval, false),
            ("receipt_retention", self.receipt_retention, true),
            ("sync_interval", self.sync_interval, true),
            ("poison_after", self.poison_after, true),
            ("close_timeout", self.close_timeout, true),
        ];
        for (name, value, may_be_zero) in durations {
            if value.is_zero() && !may_be_zero {
                return Err(Error::config("must be more than zero").within(name));
            }
            if value > LONGEST {
                let most = LONGEST.as_secs();
                return Err(Error::config(format!("must be at most {most} seconds, which are 100 years")).within(name));
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<()> {
        at_least_1([
            ("max_pending", self.max_pending == 0),
            ("max_inbox", self.max_inbox == 0),
            ("max_handler_attempts", self.max_handler_attempts == 0),
            ("max_connections", self.max_connections == 0),
            ("in_flight", self.in_flight == 0),
            ("rate_limit", self.rate_limit == Some(0)),
        ])
    }
}

impl Limits {
    fn check(&self) -> Result<()> {
        at_least_1([
            ("limits.body", self.body == 0),
            ("limits.name", self.name == 0),
            ("limits.text", self.text == 0),
            ("limits.members", self.members == 0),
        ])?;
        if self.body > LONGEST_BODY {
            return Err(
                Error::config(format!("must be at most {LONGEST_BODY} bytes, which are 32 MiB")).within("limits.body")
            );
        }
        Ok(())
    }
}

fn at_least_1<const N: usize>(numbers: [(&'static str, bool); N]) -> Result<()> {
    match numbers.into_iter().find(|(_, is_zero)| *is_zero) {
        Some((name, _)) => Err(Error::config("must be at least 1").within(name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::new("A", "a.db");
        change(&mut config);
        config.validate().map_or_else(|e| e.to_string(), |()| "taken".into())
    }

    #[test]
    fn what_is_out_of_its_range_is_refused_by_name_and_what_is_at_its_bound_is_taken() {
        let longer = LONGEST + Duration::from_nanos(1);
        type Set = fn(&mut Config, Duration);
        let wrong: [(&str, Set); 8] = [
            ("request_timeout", |c, d| c.request_timeout = d),
            ("retention", |c, d| c.retention = d),
            ("handler_timeout", |c, d| c.handler_timeout = d),
            ("ping_interval", |c, d| c.ping_interval = d),
            ("receipt_retention", |c, d| c.receipt_retention = d),
            ("sync_interval", |c, d| c.sync_interval = d),
            ("poison_after", |c, d| c.poison_after = d),
            ("close_timeout", |c, d| c.close_timeout = d),
        ];
        for (n, (name, set)) in wrong.into_iter().enumerate() {
            for too_long in [longer, Duration::MAX] {
                let error = refused(|config| set(config, too_long));
                assert!(error.contains(name) && error.contains("100 years"), "{error}");
            }
            assert_eq!(refused(|config| set(config, LONGEST)), "taken", "{name}");
            let zero = refused(|config| set(config, Duration::ZERO));
            assert_eq!(zero == "taken", n >= 4, "{name}: {zero}");
            assert!(n >= 4 || zero.contains(name), "{zero}");
        }
    }

    #[test]
    fn a_bound_that_lets_nothing_through_is_refused() {
        type Set = fn(&mut Config);
        let zeros: [(&str, Set); 10] = [
            ("max_pending", |c| c.max_pending = 0),
            ("max_inbox", |c| c.max_inbox = 0),
            ("max_handler_attempts", |c| c.max_handler_attempts = 0),
            ("max_connections", |c| c.max_connections = 0),
            ("in_flight", |c| c.in_flight = 0),
            ("rate_limit", |c| c.rate_limit = Some(0)),
            ("limits.body", |c| c.limits.body = 0),
            ("limits.name", |c| c.limits.name = 0),
            ("limits.text", |c| c.limits.text = 0),
            ("limits.members", |c| c.limits.members = 0),
        ];
        for (name, set) in zeros {
            let error = refused(set);
            assert!(error.contains(name) && error.contains("at least 1"), "{error}");
        }
        assert!(refused(|c| c.limits.body = LONGEST_BODY + 1).contains("limits.body"));
        assert_eq!(refused(|c| c.limits.body = LONGEST_BODY), "taken");
        let nobody_else = |c: &mut Config| (c.limits.users, c.limits.rooms, c.limits.memberships) = (0, 0, 0);
        assert_eq!(refused(nobody_else), "taken", "others may be let in with nothing of their own");
    }

    #[test]
    fn a_node_needs_a_name_and_a_store() {
        assert!(refused(|c| c.platform = "a:b".into()).contains("platform"));
        assert!(refused(|c| (c.platform, c.name) = (String::new(), " ".into())).contains("name"));
        assert!(refused(|c| c.store = "".into()).contains("store"));
    }
}
