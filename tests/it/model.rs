//! Random sequences of everything that can be done to a service, run against a real reloader and
//! against a model of the rules. After every step they agree on all that is to be seen.

mod operation;
mod reference;
mod service;
mod text;
mod view;

use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};

use self::{
    operation::{Operation, Sequence, hooked, sequence},
    reference::Model,
    service::Service,
};

/// How many sequences are run.
const SEQUENCES: &str = "DLC_RELOAD_TEST_SEQUENCES";

#[test]
fn whatever_is_done_the_service_does_what_the_rules_say() {
    let cases = std::env::var(SEQUENCES).map_or(600, |cases| cases.parse().unwrap());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&sequence(), |sequence| agree(&sequence));
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn agree(Sequence { settings, operations }: &Sequence) -> Result<(), TestCaseError> {
    let mut model = Model::new(*settings);
    let service = Service::start(*settings, &model.text.content());
    for (number, operation) in operations.iter().enumerate() {
        let at = format!("at step {number}, {operation:?}");
        if matches!(operation, Operation::Plan) {
            prop_assert_eq!(model.plan(), service.plan(), "{}", at);
        }
        model.run(operation);
        let report = service.run(operation, &model.text.content());
        let (expected, seen) = (model.view(), service.view());
        let differences = expected.differences(&seen);
        prop_assert!(differences.is_empty(), "{at}{differences}");

        // What holds without a model.
        prop_assert!(report.is_none_or(|report| report == seen.last_report), "{}", at);
        prop_assert_eq!(service.open_commits(), 0, "{}", at);
        let astray = service.astray();
        if model.consistent {
            prop_assert_eq!(&seen.world, &hooked(&seen.effective), "{}", at);
            prop_assert_eq!(astray, Vec::<String>::new(), "{}", at);
        }
    }
    Ok(())
}
