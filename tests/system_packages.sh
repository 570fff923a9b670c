#!/usr/bin/env bash
# Install what the browser, database and image tests need, where this can be done; where it
# cannot, say so, and the tests that need it skip with a reason. With the word "node":
# only Node.js and npm, which check and bundle the widgets.
set -u
missing=()
node_is_there() { command -v npm >/dev/null && node -e 'process.exit(Number(parseInt(process.versions.node) < 18))' 2>/dev/null; }
node_is_there || missing+=(nodejs npm)
if [ "${1:-}" != node ]; then
    [ -x /usr/bin/chromium ] || missing+=(chromium)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    # hashing image files is compiled when it is installed
    command -v c++ >/dev/null || missing+=(g++)
    # without fonts for Thai, Arabic and Chinese a picture of the report shows boxes
    [ -d /usr/share/fonts/truetype/noto ] || missing+=(fonts-noto-core)
    compgen -G '/usr/share/fonts/opentype/noto/*CJK*' >/dev/null || missing+=(fonts-noto-cjk)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo); else as_root=(false); fi
fi
if command -v apt-get >/dev/null && [ "${as_root[*]:-}" != false ]; then
    echo "Installing for the tests: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    if "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq "${missing[@]}" >/dev/null; then
        exit 0
    fi
fi
echo "NOT INSTALLED: ${missing[*]} (this needs Debian and root or sudo); tests that need them will skip or fail." >&2
exit 0
