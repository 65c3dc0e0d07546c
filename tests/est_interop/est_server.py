#!/usr/bin/env python3
"""An EST server (RFC 7030) that is not ours: Python's HTTP and TLS, and openssl for the rest.

    est_server.py FOLDER USER PASSWORD [PENDING]

Makes a root and an authority below it in FOLDER, prints its port and serves until it is stopped.
The first PENDING requests for a certificate are told to come back (4.2.3). For a test only: it
believes what a request says of itself. Called by sync/central/tests/est_interop.rs.
"""

import base64
import http.server
import os
import ssl
import subprocess
import sys

folder, user, password = sys.argv[1:4]
pending = int(sys.argv[4]) if len(sys.argv) > 4 else 0
os.chdir(folder)


def openssl(*arguments, given=None):
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode()}")
    return done.stdout


def key(name):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")


def signed(name, subject, by, extensions):
    key(name)
    with open(f"{name}.ext", "w", encoding="ascii") as file:
        file.write(extensions)
    openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key",
            "-days", "300", "-extfile", f"{name}.ext", "-out", f"{name}.pem")


key("root")
openssl("req", "-x509", "-new", "-key", "root.key", "-subj", "/O=Foreign/CN=Root", "-days", "3000",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", "root.pem")
signed("issuing", "/O=Foreign/CN=Issuing", "root",
       "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n")
signed("server", "/O=Foreign/CN=EST", "issuing",
       "subjectAltName=DNS:est.foreign.test\nextendedKeyUsage=serverAuth\n")
with open("kiosk.ext", "w", encoding="ascii") as file:
    file.write("extendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature\n")
with open("authorities.pem", "wb") as file:
    file.write(open("issuing.pem", "rb").read() + open("root.pem", "rb").read())
with open("shown.pem", "wb") as file:
    file.write(open("server.pem", "rb").read() + open("issuing.pem", "rb").read())


def certs_only(*files):
    arguments = [part for file in files for part in ("-certfile", file)]
    return openssl("crl2pkcs7", "-nocrl", "-outform", "DER", *arguments)


# challengePassword, an attribute without values, and ecdsa-with-SHA384: as in RFC 7030, 4.5.2.
CSRATTRS = bytes.fromhex(
    "3029" "06092a864886f70d010907" "3012" "06072a8648ce3d0201" "3107" "06052b81040022" "06082a8648ce3d040303")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", media=None, **headers):
        self.send_response(status)
        if media:
            self.send_header("Content-Type", media)
        if media and media.startswith("application"):
            self.send_header("Content-Transfer-Encoding", "base64")
            body = base64.encodebytes(body)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/.well-known/est/cacerts":
            self.answer(200, certs_only("authorities.pem"), "application/pkcs7-mime")
        elif self.path == "/.well-known/est/csrattrs":
            self.answer(200, CSRATTRS, "application/csrattrs")
        else:
            self.answer(404)

    def do_POST(self):
        global pending
        body = self.rfile.read(int(self.headers["Content-Length"]))
        known = self.connection.getpeercert()
        if self.path == "/.well-known/est/simpleenroll":
            basic = base64.b64encode(f"{user}:{password}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {basic}":
                return self.answer(401, WWW_Authenticate='Basic realm="foreign"')
        elif self.path != "/.well-known/est/simplereenroll" or not known:
            return self.answer(403)
        if self.headers.get("Content-Type") != "application/pkcs10":
            return self.answer(415)
        if pending > 0:
            pending -= 1
            return self.answer(202, Retry_After="7")
        try:
            request = openssl("req", "-inform", "DER", "-verify", given=base64.b64decode(body))
            with open("kiosk.csr", "wb") as file:
                file.write(request)
            openssl("x509", "-req", "-in", "kiosk.csr", "-CA", "issuing.pem", "-CAkey", "issuing.key",
                    "-days", "30", "-copy_extensions", "copyall", "-extfile", "kiosk.ext", "-out", "kiosk.pem")
        except (RuntimeError, ValueError) as error:
            return self.answer(400, str(error).encode(), "text/plain")
        return self.answer(200, certs_only("kiosk.pem"), "application/pkcs7-mime; smime-type=certs-only")


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.load_cert_chain("shown.pem", "server.key")
context.verify_mode = ssl.CERT_OPTIONAL
context.load_verify_locations("authorities.pem")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
