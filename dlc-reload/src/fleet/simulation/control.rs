//! The controllers on paper: the real decision, with the memory of each, and the way of what it decides to the store.

use std::time::Duration;

use super::{MILLISECOND, SECOND, World};
use crate::fleet::{
    rollout::{Memory, next},
    store::Revision,
    target::{Phase, Target},
};

pub(super) struct Control {
    /// The machine that it runs on, and the process there.
    pub(super) node: usize,
    epoch: u32,
    memory: Memory,
    /// The moment of the next look.
    pub(super) due: Option<Duration>,
    last: Duration,
}

impl Control {
    pub(super) fn new(node: usize) -> Self {
        let (memory, last) = (Memory::new(format!("controller on n{node}")), Duration::ZERO);
        Self { node, epoch: 0, memory, due: None, last }
    }

    /// Returns the reason why a stage does not go on.
    pub(super) fn waits(&self) -> Option<&str> {
        self.memory.waits.as_deref()
    }
}

impl World {
    /// Returns the rest after a look, which grows with what a look takes.
    fn rest(&self) -> Duration {
        (MILLISECOND / 5 * u32::try_from(self.machines.len()).unwrap()).max(MILLISECOND * 50)
    }

    /// Something may have changed: the controllers look at it, but not without a rest.
    pub(super) fn changed(&mut self) {
        for control in 0..self.controls.len() {
            let at = (self.controls[control].last + self.rest()).max(self.now + MILLISECOND * 5);
            self.look_in(control, at - self.now);
        }
    }

    pub(super) fn look_in(&mut self, control: usize, wait: Duration) {
        let at = self.now + wait;
        if self.controls[control].due.is_none_or(|due| at < due) {
            self.controls[control].due = Some(at);
            self.after(wait, move |world| {
                if world.controls[control].due == Some(at) {
                    world.controls[control].due = None;
                    world.look(control);
                }
            });
        }
    }

    /// Returns true if a controller has the seat, which it takes if it is free.
    fn has_seat(&mut self, control: usize) -> bool {
        let Control { node, epoch, .. } = self.controls[control];
        if epoch != self.machines[node].epoch {
            let last = self.now;
            let fresh = Control::new(node);
            self.controls[control] = Control { epoch: self.machines[node].epoch, last, ..fresh };
        }
        if !self.is_connected(node) {
            return false;
        }
        let seat = (control, self.machines[node].epoch);
        *self.engine.seat.get_or_insert(seat) == seat || self.settings.ignore_seat
    }

    fn look(&mut self, control: usize) {
        let has_seat = self.has_seat(control);
        let decides = has_seat.then_some((control, self.controls[control].epoch));
        let decided = self.laws.decides.is_some_and(|(decided, _)| decided == control);
        if (has_seat || decided) && decides != self.laws.decides {
            // Who decides begins anew, with no more than the count in the pointer, which newcomers make up.
            self.laws.vanished.clear();
            self.laws.decides = decides;
        }
        if self.engine.target.frozen.is_some() {
            self.laws.vanished.clear();
        }
        if !has_seat {
            self.controls[control].memory.forget();
            return self.look_in(control, SECOND * 3);
        }
        let now = self.moment(self.controls[control].node);
        let (target, revision) = (&self.engine.target, self.engine.revision);
        let Control { memory, last, .. } = &mut self.controls[control];
        *last = self.now;
        match next(target, revision, &self.engine.nodes, now, memory) {
            Some(next) => {
                self.check_decision(&next);
                let way = Duration::from_micros(self.random.number(500..8000));
                let era = self.engine.era;
                self.after(way, move |world| {
                    if world.engine.era == era {
                        world.swap(control, revision, next);
                    } else {
                        world.look_in(control, SECOND);
                    }
                });
            }
            None => {
                let runs = target.rollout.as_ref().is_some_and(|it| it.phase == Phase::Running);
                let most = if runs { SECOND * 10 } else { SECOND * 60 };
                let due = memory.due().map(|due| due.saturating_duration_since(now.instant));
                let wait = due.map_or(most, |due| due.min(most)).max(MILLISECOND);
                self.look_in(control, wait);
            }
        }
    }

    fn swap(&mut self, control: usize, seen: Revision, next: Target) {
        if self.is_connected(self.controls[control].node) {
            if self.engine.revision == seen {
                self.check_write(&next);
                self.point(next);
            } else {
                self.figures.lost_races += 1;
            }
        }
        self.look_in(control, self.rest());
    }
}
