//! The address of a fleet in etcd.

use super::options::Error;

/// The address of a fleet: the members of etcd, and the part of it that belongs to the fleet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The members, as `HOST:PORT`.
    pub(crate) members: Vec<String>,
    /// The name of the fleet: `coach/production`.
    pub(crate) fleet: String,
}

const FORM: &str = "etcd://HOST:PORT[,HOST:PORT…]/SERVICE/ENVIRONMENT";

impl Address {
    /// Reads an address.
    pub(crate) fn parse(address: &str) -> Result<Self, Error> {
        let wrong = |why: &str| {
            Error::new(format!(
                "`{}` is no address of etcd: {why}; it has the form {FORM}",
                shown(address)
            ))
        };
        let rest = address
            .strip_prefix("etcd://")
            .ok_or_else(|| wrong("it does not begin with `etcd://`"))?;
        let (members, fleet) = rest.split_once('/').ok_or_else(|| wrong("it names no service"))?;
        if members.contains('@') {
            return Err(wrong("user and password do not belong into it"));
        }
        let members: Vec<_> = members.split(',').map(str::to_owned).collect();
        if let Some(member) = members.iter().find(|member| !is_member(member)) {
            return Err(wrong(&format!("`{member}` is no host with a port")));
        }
        let names: Vec<_> = fleet.split('/').collect();
        match names[..] {
            [service, environment] if is_name(service) && is_name(environment) => {}
            _ => {
                return Err(wrong(
                    "a service and an environment follow the members, each of letters, digits, `-`, `_` and `.`",
                ));
            }
        }
        Ok(Self { members, fleet: fleet.to_owned() })
    }

    /// Returns the prefix of the keys of the fleet.
    pub(crate) fn root(&self) -> String {
        format!("/dlc/{}/", self.fleet)
    }
}

/// Returns the address without what may be a password.
fn shown(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, after)) => format!("…@{after}"),
        None => address.to_owned(),
    }
}

fn is_member(member: &str) -> bool {
    let parts = member.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_members_and_the_fleet() {
        let address = Address::parse("etcd://a:2379,[::1]:2379/coach/production").unwrap();
        assert_eq!(address.members, ["a:2379", "[::1]:2379"]);
        assert_eq!(address.fleet, "coach/production");
        assert_eq!(address.root(), "/dlc/coach/production/");
    }

    #[test]
    fn what_is_wrong_with_an_address_is_told() {
        for (address, expected) in [
            ("http://a:2379/coach/production", "does not begin with `etcd://`"),
            ("etcd://a:2379", "it names no service"),
            ("etcd://a:2379/coach", "a service and an environment"),
            ("etcd://a:2379/coach/production/eu", "a service and an environment"),
            ("etcd://a:2379//production", "a service and an environment"),
            ("etcd://a:2379/coach/", "a service and an environment"),
            ("etcd://a/coach/production", "`a` is no host with a port"),
            ("etcd://a:2379,/coach/production", "`` is no host with a port"),
            ("etcd://u:hunter2@a:2379/coach/production", "do not belong into it"),
        ] {
            let message = Address::parse(address).unwrap_err().to_string();
            assert!(message.contains(expected) && message.contains(FORM), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
