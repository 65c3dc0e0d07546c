#!/usr/bin/env bash
# Follows RFC 7030 by hand: enrols at a running central with nothing but curl and openssl, as a
# client that knows nothing of Dayroom. Called by sync/central/tests/est_interop.rs.
#
#   curl.sh PORT EST_NAME CENTRAL_NAME ROOT_SHA256 KIOSK CODE
set -euo pipefail

port=$1 est=$2 central=$3 fingerprint=$4 kiosk=$5 code=$6

for tool in curl openssl; do
    command -v "$tool" >/dev/null || { echo "missing: $tool (apt-get install $tool)" >&2; exit 1; }
done
curl --version | grep -q HTTP2 || { echo "missing: curl with HTTP/2" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
base=https://$est:$port/.well-known/est

step() { echo "--- $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# ask FILE ARGUMENTS...: the body to FILE, the headers to FILE.head, the status to standard output.
ask() {
    local file=$1
    shift
    curl --silent --show-error --noproxy '*' --max-time 30 --tlsv1.3 \
        --resolve "$est:$port:127.0.0.1" --resolve "$central:$port:127.0.0.1" \
        --output "$file" --dump-header "$file.head" --write-out '%{http_code}' "$@"
}

has_header() { tr -d '\r' <"$1.head" | grep -qi "^$2" || fail "$1 has no header $2: $(cat "$1.head")"; }

# The certificates of a certs-only answer, as PEM.
certificates() { openssl base64 -d -in "$1" | openssl pkcs7 -inform DER -print_certs | sed -n '/BEGIN/,/END/p'; }

post() {
    local file=$1 path=$2 request=$3
    shift 3
    ask "$file" --header 'Content-Type: application/pkcs10' \
        --header 'Content-Transfer-Encoding: base64' --data-binary "@$request" "$@" "$base/$path"
}

step "4.1: the root, not trusted before its fingerprint is compared"
[ "$(ask cacerts --insecure "$base/cacerts")" = 200 ] || fail "cacerts"
has_header cacerts 'content-type: application/pkcs7-mime'
has_header cacerts 'content-transfer-encoding: base64'
certificates cacerts >root.pem
[ "$(grep -c BEGIN root.pem)" = 1 ] || fail "one root"
[ "$(openssl x509 -in root.pem -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)" = "$fingerprint" ] \
    || fail "fingerprint of the root"

step "4.5: what a request should have"
[ "$(ask csrattrs --cacert root.pem "$base/csrattrs")" = 200 ] || fail "csrattrs"
has_header csrattrs 'content-type: application/csrattrs'
openssl base64 -d -in csrattrs | openssl asn1parse -inform DER >attributes
grep -q prime256v1 attributes || fail "csrattrs name no P-256"
grep -q ecdsa-with-SHA256 attributes || fail "csrattrs name no ECDSA"

step "4.2: a key that stays here, and a request for it"
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl req -new -key key.pem -subj "/CN=$kiosk" -addext "subjectAltName=URI:urn:dayroom:kiosk:$kiosk" -out csr.pem
openssl req -in csr.pem -outform DER -out csr.der
openssl base64 -in csr.der -out csr.lines
openssl base64 -A -in csr.der -out csr.line
openssl ecparam -name prime256v1 -genkey -noout -out other.pem
openssl req -new -key other.pem -subj "/CN=$kiosk" -outform DER | openssl base64 >other.csr

step "3.2.3: nothing shown, and a false code, are challenged"
[ "$(post nothing simpleenroll csr.lines --cacert root.pem)" = 401 ] || fail "nothing shown"
has_header nothing 'www-authenticate: basic realm='
[ "$(post false simpleenroll csr.lines --cacert root.pem --user "$kiosk:FALSE")" = 401 ] || fail "false code"
has_header false 'www-authenticate: basic realm='

step "4.2.1: the first certificate, over HTTP/1.1"
[ "$(post first simpleenroll csr.lines --http1.1 --cacert root.pem --user "$kiosk:$code")" = 200 ] || fail "simpleenroll: $(cat first)"
has_header first 'content-type: application/pkcs7-mime; smime-type=certs-only'
has_header first 'content-transfer-encoding: base64'
certificates first >cert.pem
[ "$(grep -c BEGIN cert.pem)" = 1 ] || fail "the certificate and nothing else"
openssl verify -x509_strict -purpose sslclient -CAfile root.pem cert.pem
cmp <(openssl x509 -in cert.pem -noout -pubkey) <(openssl pkey -in key.pem -pubout) || fail "another key"
openssl x509 -in cert.pem -noout -ext subjectAltName | grep -q "URI:urn:dayroom:kiosk:$kiosk" || fail "another kiosk"
openssl x509 -in cert.pem -noout -checkend $((29 * 86400)) >/dev/null || fail "less than 29 days"
openssl x509 -in cert.pem -noout -checkend $((31 * 86400)) >/dev/null && fail "more than 31 days"

step "an answer that was lost: the same again, over HTTP/2, in one line; another key gets none"
[ "$(post again simpleenroll csr.line --http2 --cacert root.pem --user "$kiosk:$code")" = 200 ] || fail "again"
certificates again | cmp - cert.pem || fail "another certificate"
[ "$(post stolen simpleenroll other.csr --cacert root.pem --user "$kiosk:$code")" = 401 ] || fail "another key"

step "4.2.2: the next certificate, with the first"
for version in http1.1 http2; do
    [ "$(post next simplereenroll csr.lines --$version --cacert root.pem --cert cert.pem --key key.pem)" = 200 ] \
        || fail "simplereenroll: $(cat next)"
    certificates next >next.pem
    openssl verify -x509_strict -purpose sslclient -CAfile root.pem next.pem
    cmp -s next.pem cert.pem && fail "not a new one"
done
[ "$(post bare simplereenroll csr.lines --cacert root.pem)" = 403 ] || fail "renewal without a certificate"
[ "$(post misnamed simplereenroll other.csr --cacert root.pem --cert cert.pem --key key.pem)" = 400 ] \
    || fail "renewal without the certificate's names (4.2.2)"

step "under central's own name: no EST, and no connection without a certificate"
if ask refused --cacert root.pem "https://$central:$port/.well-known/est/cacerts" 2>refused.why; then
    fail "a connection without a certificate"
fi
[ "$(ask elsewhere --cacert root.pem --cert cert.pem --key key.pem "https://$central:$port/.well-known/est/cacerts")" = 404 ] \
    || fail "EST under central's own name"
[ "$(ask feed --cacert root.pem --cert next.pem --key key.pem "https://$central:$port/v1/changes")" = 200 ] \
    || fail "the certificate does not open central"

echo "--- all of it"
