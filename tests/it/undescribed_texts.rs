//! Texts that look like numbers, for types without a schema that buffer what they read: nobody says beforehand which of
//! them are meant as texts.

use dlc_reload::{Format, Loader, Reloadable, Secret, source::Env, source::Text};
use serde::{Deserialize, Serialize};

use crate::fixture::problems;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sink {
    Http {
        url: String,
        token: Secret<String>,
        #[serde(default)]
        tries: u8,
        #[serde(default)]
        names: Vec<String>,
    },
    Console,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Access {
    Token { token: String },
    User { user: String, password: String },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Base {
    version: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Image {
    #[serde(flatten)]
    base: Base,
    size: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(restart)]
    sink: Option<Sink>,
    #[reload(restart)]
    sinks: Vec<Sink>,
    #[reload(restart)]
    access: Option<Access>,
    #[reload(restart)]
    image: Image,
}

fn variables(all: &[(&str, &str)]) -> Loader<Config> {
    Loader::new().source(Env::new("T").of(all.iter().copied()))
}

fn yaml(text: &str) -> Loader<Config> {
    Loader::new().source(Text::new(Format::Yaml, text))
}

fn read(loader: Loader<Config>) -> Config {
    (*loader.load().unwrap_or_else(|error| panic!("{error}"))).clone()
}

fn http(url: &str, token: &str, tries: u8) -> Option<Sink> {
    let (url, token) = (url.to_owned(), Secret::new(token.to_owned()));
    Some(Sink::Http { url, token, tries, names: Vec::new() })
}

#[test]
fn a_number_is_the_text_that_a_tagged_enum_wants() {
    for (url, token) in [("x", "x"), ("10", "x"), ("x", "10"), ("1.50", "0x1f"), ("true", "1e5")] {
        let sink = [
            ("T_SINK__TYPE", "http"),
            ("T_SINK__URL", url),
            ("T_SINK__TOKEN", token),
            ("T_SINK__TRIES", "3"),
        ];
        // Both texts look like numbers and a number stands beside them: which is which, no attempt tells.
        let tries = if url == "1.50" || url == "true" { 0 } else { 3 };
        let sink = if tries == 0 { &sink[..3] } else { &sink[..] };
        assert_eq!(read(variables(sink)).sink, http(url, token, tries), "{url} {token}");
        let text = format!("sink: {{type: http, url: {url}, token: {token}}}");
        assert_eq!(read(yaml(&text)).sink, http(url, token, 0), "{text}");
    }
    let set = yaml("sink: {type: http, url: a, token: x}").set("sink.token", "12345");
    assert_eq!(read(set).sink, http("a", "12345", 0));
}

#[test]
fn so_it_is_in_lists_untagged_enums_and_flattened_structs() {
    let sinks = read(yaml(
        "sinks:\n- {type: console}\n- {type: http, url: 1, token: a}\n- {type: http, url: b, token: c, names: [7, on]}",
    ));
    assert_eq!(sinks.sinks[1], http("1", "a", 0).unwrap());
    let Sink::Http { names, .. } = &sinks.sinks[2] else { panic!("{sinks:?}") };
    assert_eq!(names, &["7", "on"]);

    let token = read(variables(&[("T_ACCESS__TOKEN", "12345")]));
    assert_eq!(token.access, Some(Access::Token { token: "12345".into() }));
    let both = read(variables(&[("T_ACCESS__USER", "1"), ("T_ACCESS__PASSWORD", "2")]));
    assert_eq!(both.access, Some(Access::User { user: "1".into(), password: "2".into() }));

    let image = read(variables(&[("T_IMAGE__VERSION", "1.10"), ("T_IMAGE__SIZE", "7")])).image;
    assert_eq!(image, Image { base: Base { version: "1.10".into() }, size: 7 });
}

#[test]
fn what_fits_in_no_way_is_said_of_what_was_written() {
    let integer = "expected an integer from 0 to";
    for (text, said) in [
        (
            "image: {version: 1.10, size: many}",
            format!("1:30: image: invalid type: string, {integer} 4294967295"),
        ),
        (
            "image: {version: 1, size: 1.5}",
            format!("1:27: image: invalid type: float, {integer} 4294967295"),
        ),
        (
            "sink: {type: http, url: 1, token: x, tries: 300}",
            format!("1:45: sink: invalid value: integer, {integer} 255"),
        ),
        (
            "sink: {type: http, url: [1], token: 7}",
            "1:25: sink: invalid type: list, expected a string".to_owned(),
        ),
    ] {
        let hidden = "(the rest of the key is not shown, because it may hold a secret)";
        assert_eq!(problems(yaml(text)), format!("text:{said} {hidden}"), "{text}");
    }
    let said = "text:1:9: access: fits none of the forms that are allowed here";
    assert_eq!(problems(yaml("access: {user: 1}")), said);
}
