//! The state of a service as seen from outside; the real one and the model have to agree on it.

use std::fmt::Debug;

use super::operation::Values;

#[derive(PartialEq)]
pub(super) struct View {
    pub(super) ready: bool,
    pub(super) consistent: bool,
    pub(super) generation: u64,
    pub(super) effective: Values,
    /// What the hooks have brought about.
    pub(super) world: Values,
    /// What the sources ask for where it is not what runs.
    pub(super) desired: Values,
    pub(super) pending: Vec<String>,
    pub(super) overrides: Vec<String>,
    pub(super) probation: Option<u64>,
    /// How often what was refused was tried again, and when it is next.
    pub(super) retries: Option<String>,
    /// What a start would do, and how long that was so at the last look.
    pub(super) next_boot: String,
    pub(super) history: Vec<u64>,
    /// How often the critical handler ran.
    pub(super) criticals: u32,
    pub(super) last_report: String,
    /// What the observer was told in this step.
    pub(super) told: Vec<String>,
    /// What happened to the hooks in this step.
    pub(super) calls: Vec<String>,
}

impl View {
    fn rows(&self) -> [(&'static str, &dyn Debug); 16] {
        [
            ("ready", &self.ready),
            ("consistent", &self.consistent),
            ("generation", &self.generation),
            ("effective", &self.effective),
            ("world", &self.world),
            ("desired", &self.desired),
            ("pending", &self.pending),
            ("overrides", &self.overrides),
            ("probation", &self.probation),
            ("retries", &self.retries),
            ("next boot", &self.next_boot),
            ("history", &self.history),
            ("criticals", &self.criticals),
            ("last report", &self.last_report),
            ("told", &self.told),
            ("calls", &self.calls),
        ]
    }

    /// Where the rules and the service do not agree.
    pub(super) fn differences(&self, service: &Self) -> String {
        if self == service {
            return String::new();
        }
        let pairs = self.rows().into_iter().zip(service.rows());
        let lines = pairs.map(|((name, rule), (_, real))| {
            let (rule, real) = (format!("{rule:?}"), format!("{real:?}"));
            if rule == real {
                String::new()
            } else {
                format!("\n  {name}\n    rule {rule}\n    real {real}")
            }
        });
        lines.collect()
    }
}
