//! The template of the gateway: it loads as it is, and without the signs of its comments but for files that are not
//! there.

use dlc_reload::{Format, Loader};
use gateway::config::Config;

#[test]
fn the_template_loads_and_has_every_default() {
    let loader = Loader::<Config>::new().env("GATEWAY");
    for format in [Format::Yaml, Format::Toml, Format::Json] {
        let text = loader.template(format);
        let boot = Loader::<Config>::new().text(format, &text).load().unwrap();
        let least = Loader::<Config>::new().set("admin.token", "CHANGE-ME").load().unwrap();
        let (one, other) = (serde_json::to_value(&*boot), serde_json::to_value(&*least));
        assert_eq!(one.unwrap(), other.unwrap(), "{text}");
    }
}

#[test]
fn what_is_a_comment_says_what_it_needs() {
    let text = Loader::<Config>::new().env("GATEWAY").template(Format::Yaml);
    for words in [
        "\n#tls:\n",
        "\n#upstreams:\n  #example:\n",
        "    ##token: CHANGE-ME\n",
        "\n#access_log:\n",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
}
