# Sourced by the scripts whose tests Node.js runs: ends with the remedy where it is missing, or too old for `--test-timeout`.
if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 11) ? 0 : 1)'; then
    echo "$0 needs Node.js 20.11 or newer, and this is $(node --version || echo none): install one from https://nodejs.org" >&2
    exit 1
fi
