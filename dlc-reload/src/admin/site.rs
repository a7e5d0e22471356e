//! The site that a request is meant for, and the one that it was sent by.
//!
//! A page of another site can have a browser send requests to a name that resolves to this service. Such a name is not
//! one of the service's, and its `Host` says so; and a request that changes something says where it comes from.

use std::net::IpAddr;

use axum::http::{header, request::Parts};

use super::refusal::{Kind, Refusal};

/// Returns the host that a request is meant for, with its port.
fn host(request: &Parts) -> Result<&str, Refusal> {
    let mut named = request.headers.get_all(header::HOST).iter();
    let first = named.next().and_then(|host| host.to_str().ok());
    let authority = request.uri.authority().map(|authority| authority.as_str());
    match (authority.or(first), named.next()) {
        (Some(host), None) => Ok(host),
        _ => Err(Refusal::new(Kind::BadRequest, "a request needs one `Host` header")),
    }
}

/// Returns the name or address of a host without its port.
fn without_port(host: &str) -> &str {
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let end = match host.strip_prefix('[') {
        Some(address) => address.find(']').map(|end| end + 2),
        None => host.find(':'),
    };
    let host = end.and_then(|end| host.get(..end)).unwrap_or(host);
    host.trim_start_matches('[').trim_end_matches([']', '.'])
}

fn is_listed(host: &str, hosts: &[String]) -> bool {
    hosts.iter().any(|own| host.eq_ignore_ascii_case(own.trim_end_matches('.')))
}

/// Refuses a request that is meant for another host than those of the service: an IP address, `localhost` and what is
/// listed.
pub(super) fn check_host(request: &Parts, hosts: &[String]) -> Result<(), Refusal> {
    let host = without_port(host(request)?);
    let is_own = host.parse::<IpAddr>().is_ok()
        || host.eq_ignore_ascii_case("localhost")
        || is_listed(host, hosts);
    if is_own {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::WrongHost,
        "the admin API does not answer under this host name: use an address or `localhost`, or have the name added to its hosts",
    ))
}

/// Refuses a request that changes something and was sent by a page of another site: of another one than the host that
/// it is meant for and those that are listed, by whose names a proxy may know the service.
pub(super) fn check_origin(request: &Parts, hosts: &[String]) -> Result<(), Refusal> {
    let text = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let (site, origin) = (text("sec-fetch-site"), text("origin"));
    let is_own = match (site, origin) {
        (Some("same-origin") | None, Some(origin)) => {
            // The scheme is not compared: a proxy in front may speak TLS.
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_some_and(|sender| {
                host(request).is_ok_and(|own| own.eq_ignore_ascii_case(sender))
                    || is_listed(without_port(sender), hosts)
            })
        }
        (Some("same-origin" | "none") | None, None) => true,
        _ => false,
    };
    if is_own {
        return Ok(());
    }
    let message = match site {
        Some("same-origin") => {
            "the page was asked for under another host name than this request, so a proxy in between changes the `Host`: have it pass that on, or have the name in the address of the page added to the hosts of the admin API"
        }
        _ => {
            "a page of another site sent this request: changes are made from the admin page or by a program"
        }
    };
    Err(Refusal::new(Kind::CrossSite, message))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn addresses_localhost_and_listed_names_pass() {
        let hosts = ["coach.internal".to_owned()];
        let passes = |host: &str| check_host(&request(&[("host", host)]), &hosts).is_ok();
        for own in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "192.0.2.7:1",
            "localhost:3000",
            "LOCALHOST",
            "coach.internal",
            "Coach.Internal:443",
            "coach.internal.",
            "localhost.",
        ] {
            assert!(passes(own), "{own}");
        }
        for other in [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "coach.internal.evil.example",
            "evil-coach.internal",
            "",
            "[",
            "127.0.0.1@evil.example",
        ] {
            assert!(!passes(other), "{other}");
        }
        assert!(check_host(&request(&[]), &hosts).is_err());
        let two = [("host", "localhost"), ("host", "evil.example")];
        assert!(check_host(&request(&two), &hosts).is_err());
    }

    #[test]
    fn changes_come_from_the_own_site_or_from_no_browser() {
        let host = ("host", "coach.internal:8080");
        let check = |headers: &[(&str, &str)], hosts: &[String]| {
            check_origin(&request(&[&[host], headers].concat()), hosts)
        };
        let passes = |headers: &[(&str, &str)]| check(headers, &[]).is_ok();
        assert!(passes(&[]));
        assert!(passes(&[("sec-fetch-site", "same-origin")]));
        assert!(passes(&[("sec-fetch-site", "none")]));
        assert!(passes(&[("origin", "https://coach.internal:8080")]));
        assert!(passes(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://coach.internal:8080")
        ]));
        assert!(!passes(&[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&[("sec-fetch-site", "same-site")]));
        assert!(!passes(&[("origin", "null")]));
        assert!(!passes(&[("origin", "http://coach.internal")]));
        assert!(!passes(&[("origin", "http://evil.example")]));
        assert!(!passes(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://coach.internal:8080")
        ]));
        // Behind a proxy that has a `Host` of its own.
        let proxied = |site| [("sec-fetch-site", site), ("origin", "https://admin.example:8443")];
        let hosts = ["admin.example.".to_owned()];
        assert!(check(&proxied("same-origin"), &hosts).is_ok());
        assert!(check(&proxied("same-site"), &hosts).is_err());
        let refused = format!("{:?}", check(&proxied("same-origin"), &[]).unwrap_err());
        assert!(refused.contains("a proxy in between changes the `Host`"), "{refused}");
    }
}
