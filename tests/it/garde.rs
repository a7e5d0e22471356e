//! Rules of the crate `garde`, on the sections that carry them.

use dlc_reload::{Loader, Reloadable, schema};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::fixture::{load, problems};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable, Validate)]
#[reload(validate = dlc_reload::garde)]
#[serde(rename_all = "kebab-case")]
struct Pool {
    #[garde(range(min = 1, max = 100))]
    #[reload(restart)]
    max_size: u32,
    #[garde(length(min = 3), ascii)]
    #[reload(restart)]
    user_name: String,
    #[garde(inner(length(min = 2)))]
    #[reload(restart)]
    hosts: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable, Validate)]
#[reload(validate = dlc_reload::garde)]
struct Config {
    #[garde(skip)]
    #[reload(restart, nested)]
    pool: Pool,
    #[garde(range(max = 65535))]
    #[reload(restart)]
    port: u32,
    #[garde(length(min = 12))]
    #[reload(restart, secret)]
    password: String,
}

#[test]
fn every_broken_rule_stands_at_its_field() {
    let text = "
pool:
  max-size: 0
  user-name: é
  hosts: [ab, c]
port: 70000
password: hunter2
";
    let expected = "\
text:3:13: pool.max-size: lower than 1
text:4:14: pool.user-name: not ascii
text:4:14: pool.user-name: length is lower than 3
text:5:15: pool.hosts[1]: length is lower than 2
text:6:7: port: greater than 65535
text:7:11: password: length is lower than 12";
    assert_eq!(problems(Loader::<Config>::new().text("yaml", text)), expected);
    let good = text
        .replace('0', "1")
        .replace('é', "ann")
        .replace(", c", "")
        .replace("71111", "1")
        .replace("hunter2", "correct horse battery");
    assert_eq!(load(Loader::<Config>::new().text("yaml", good)).port, 1);
}

#[test]
fn rules_are_checked_beside_values_that_do_not_fit() {
    let text = "
pool: {max-size: 0, user-name: ann, hosts: []}
port: many
password: correct horse battery
";
    let expected = "\
text:2:18: pool.max-size: lower than 1
text:3:7: port: invalid type: string \"many\", expected an integer from 0 to 4294967295";
    assert_eq!(problems(Loader::<Config>::new().text("yaml", text)), expected);
}

#[test]
fn rules_are_in_the_schema() {
    let schema = schema::<Config>().to_value();
    let size = &schema["$defs"]["Pool"]["properties"]["max-size"];
    assert_eq!(
        (size["minimum"].as_u64(), size["maximum"].as_u64()),
        (Some(1), Some(100)),
        "{schema:#}"
    );
}
