//! The texts below the long help of `fleet`.

/// Returns what the long help of `fleet` ends with.
pub(super) fn help() -> &'static str {
    "Exit codes of `wait`:
  0   promoted, or what `--for` asks for: every node has the version
  2   halted: nodes that have the version keep it, until somebody resumes or aborts
  3   aborted: nodes returned to the version of before
  4   not ended within `--timeout`: it goes on
  1   no end to wait for: the store is not reachable, or no rollout was started
  64  the command line is wrong, or names no store

Environment:
  DLC_RELOAD_STORE          in place of `--store`
  DLC_RELOAD_BY             in place of `--by`
  DLC_RELOAD_CA_FILE        in place of `--ca-file`
  DLC_RELOAD_CERT_FILE      in place of `--cert-file`
  DLC_RELOAD_KEY_FILE       in place of `--key-file`
  DLC_RELOAD_USER           in place of `--user`
  DLC_RELOAD_PASSWORD_FILE  in place of `--password-file`
  DLC_RELOAD_SIGN_WITH      in place of `--sign-with` of `publish`

Examples:
  export DLC_RELOAD_STORE=etcd://127.0.0.1:2379/coach/production
  version=$(dlc-reload fleet publish coach.yaml -m 'more room for the EU')
  dlc-reload fleet start $version --why 'more room for the EU'
  dlc-reload fleet wait --for promoted --timeout 10m
  dlc-reload fleet status
  dlc-reload fleet abort --why 'logins are slow'
"
}
