//! The pages of the documentation whose examples are compiled and run: `cargo test -p dlc-reload-docs --doc`.

#[cfg(doctest)]
mod coming_from {
    #[doc = include_str!("coming-from/arc-swap.md")]
    mod arc_swap {}
    #[doc = include_str!("coming-from/confique.md")]
    mod confique {}
    #[doc = include_str!("coming-from/config-rs.md")]
    mod config_rs {}
    #[doc = include_str!("coming-from/figment.md")]
    mod figment {}
    #[doc = include_str!("coming-from/online-config.md")]
    mod online_config {}
    #[doc = include_str!("coming-from/options-monitor.md")]
    mod options_monitor {}
    #[doc = include_str!("coming-from/refresh-scope.md")]
    mod refresh_scope {}
    #[doc = include_str!("coming-from/viper.md")]
    mod viper {}
}

#[cfg(doctest)]
mod authors {
    #[doc = include_str!("authors/command-line.md")]
    mod command_line {}
    #[doc = include_str!("authors/editors.md")]
    mod editors {}
}

#[cfg(doctest)]
mod fleet {
    #[doc = include_str!("fleet/node.md")]
    mod node {}
    #[doc = include_str!("fleet/security.md")]
    mod security {}
}

#[cfg(doctest)]
mod explained {
    #[doc = include_str!("how-it-works.md")]
    mod how_it_works {}
    #[doc = include_str!("introduction.md")]
    mod introduction {}
}

#[cfg(doctest)]
mod operators {
    #[doc = include_str!("operators/systemd.md")]
    mod systemd {}
}
