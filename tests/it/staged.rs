//! A service whose source, clock and health a test moves by hand.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use dlc_reload::{
    Builder, Change, Commit, HookResult, Invalid, Loader, Probation, Reloadable, Reloader, Report,
    Trigger, Veto, Watching, WatchingState,
    source::{Intake, Source},
    testing::{Memory, Stage},
};
use serde::{Deserialize, Serialize};

pub(crate) const QUARTER: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::within_limit)]
pub(crate) struct Config {
    #[reload(hot)]
    pub(crate) rate: u32,
    #[reload(hot, live)]
    pub(crate) motd: String,
    #[reload(nested)]
    pub(crate) cache: Option<Cache>,
    #[reload(restart)]
    pub(crate) limit: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub(crate) struct Cache {
    #[reload(hot, live)]
    pub(crate) entries: u32,
    #[reload(hot, live)]
    pub(crate) names: Vec<String>,
}

impl Config {
    fn within_limit(&self) -> Result<(), Invalid> {
        if self.rate <= self.limit {
            Ok(())
        } else {
            Err(Invalid::new().at("rate", format!("above the limit of {}", self.limit)))
        }
    }
}

pub(crate) struct Hooks;

impl ConfigHooks for Hooks {
    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

pub(crate) struct Service {
    pub(crate) file: Memory,
    pub(crate) stage: Stage,
    pub(crate) reloader: Reloader<Config>,
}

pub(crate) const FIRST: &str = "{rate: 1, motd: one, cache: {entries: 5, names: [a]}, limit: 100}";

impl Service {
    pub(crate) fn start() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(
        set_up: impl FnOnce(Builder<Config, Hooks>) -> Builder<Config, Hooks>,
    ) -> Self {
        let (file, stage) = (Memory::yaml(FIRST), Stage::new());
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let builder = boot.reloader().hooks(Arc::new(Hooks)).watch(Watching::Off).stage(&stage);
        Self { file, stage, reloader: set_up(builder).start().unwrap() }
    }

    pub(crate) fn reload(&self, rate: u32, motd: &str) -> Report {
        self.reload_text(&format!(
            "{{rate: {rate}, motd: {motd}, cache: {{entries: 5, names: [a]}}, limit: 100}}"
        ))
    }

    pub(crate) fn reload_text(&self, text: &str) -> Report {
        self.file.write(text);
        self.reloader.reload(Trigger::api("a test")).wait().unwrap()
    }

    pub(crate) fn override_rate(&self, rate: u32) -> Report {
        self.reloader
            .override_field(Config::fields().rate(), rate)
            .for_duration(QUARTER)
            .wait()
            .unwrap()
    }

    pub(crate) fn rate(&self) -> u32 {
        self.reloader.handle().load().rate
    }
}

/// A source without content that tells of the looks of a service that is watched and whose sources are no files.
pub(crate) struct Looks(mpsc::Sender<()>, mpsc::Receiver<()>);

struct Look(Mutex<mpsc::Sender<()>>);

impl Source for Look {
    fn read(&self, _: &mut Intake<'_>) {
        // Nobody listens any more once the service has started.
        let _ = self.0.lock().unwrap().send(());
    }
}

impl Looks {
    pub(crate) fn new() -> Self {
        let (tell, told) = mpsc::channel();
        Self(tell, told)
    }

    pub(crate) fn source(&self) -> impl Source {
        Look(Mutex::new(self.0.clone()))
    }

    /// Waits for the look with which watching begins, if there is to be one. There is no other one by itself.
    pub(crate) fn until_settled<C: Reloadable>(self, reloader: &Reloader<C>, stage: &Stage) {
        let is_watched = !matches!(reloader.status().watching, WatchingState::Off(_));
        for _ in 0..=usize::from(is_watched) {
            self.1.recv_timeout(Duration::from_secs(60)).unwrap();
        }
        stage.advance(Duration::ZERO);
    }
}

pub(crate) fn last(service: &Service) -> Report {
    service.reloader.status().last_report.unwrap()
}

/// A service whose health a test decides.
pub(crate) struct Patient {
    pub(crate) service: Service,
    pub(crate) well: Arc<AtomicBool>,
    pub(crate) critical: mpsc::Receiver<Report>,
}

pub(crate) fn patient() -> Patient {
    patient_with(|builder| builder)
}

pub(crate) fn patient_with(
    set_up: impl FnOnce(Builder<Config, Hooks>) -> Builder<Config, Hooks>,
) -> Patient {
    let well = Arc::new(AtomicBool::new(true));
    let (asked, (tell, critical)) = (Arc::clone(&well), mpsc::channel());
    let check = move || -> Result<(), Veto> {
        if asked.load(Ordering::Relaxed) { Ok(()) } else { Err("the pool is exhausted".into()) }
    };
    let probation =
        Probation::new(check).lasting(Duration::from_secs(30)).every(Duration::from_secs(5));
    let service = Service::with(|builder| {
        let builder = builder.probation(probation);
        set_up(builder.on_critical(move |report| tell.send(report.clone()).unwrap()))
    });
    Patient { service, well, critical }
}

impl Patient {
    pub(crate) fn advance(&self, seconds: u64) {
        self.service.stage.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn falls_ill(&self) {
        self.well.store(false, Ordering::Relaxed);
    }
}
