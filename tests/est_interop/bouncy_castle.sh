#!/usr/bin/env bash
# Enrols at a running central with Bouncy Castle's EST client. What it needs is installed from
# Debian if it is missing. Called by sync/central/tests/est_interop.rs.
#
#   bouncy_castle.sh PORT EST_NAME ROOT_PEM KIOSK CODE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
jars=/usr/share/java

missing=()
# The compiler too: Java runs the source as it is.
java --list-modules 2>/dev/null | grep -q '^jdk.compiler' || missing+=(default-jdk-headless)
[ -e "$jars/bcpkix.jar" ] || missing+=(libbcpkix-java)
if ((${#missing[@]})); then
    echo "--- missing: ${missing[*]}" >&2
    (apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}") >&2 \
        || { echo "cannot be installed: ${missing[*]}" >&2; exit 1; }
fi

hosts=$(mktemp)
trap 'rm -f "$hosts"' EXIT
echo "127.0.0.1 $2" >"$hosts"
java -XX:TieredStopAtLevel=1 -Djdk.net.hosts.file="$hosts" -Djdk.tls.client.protocols=TLSv1.3 \
    -cp "$jars/bcpkix.jar:$jars/bcprov.jar:$jars/bcutil.jar" "$here/BouncyCastle.java" "$@"
