"""What an image is made of: Debian's packages from mkosi's manifest and crates from Cargo.lock, as SPDX 2.3."""

import json
import subprocess
from pathlib import Path


def write(out, version, repository):
    """Writes dayroom_VERSION.spdx.json beside the image."""
    manifest = json.loads((out / f"dayroom_{version}.manifest").read_text())
    packages = [debian(one) for one in manifest["packages"]]
    packages += [crate(one) for one in crates(repository)]
    root = {"SPDXID": "SPDXRef-image", "name": "dayroom-image", "versionInfo": version, "filesAnalyzed": False,
            "downloadLocation": "NOASSERTION", "licenseDeclared": "GPL-3.0-or-later"}
    about = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"dayroom-image-{version}",
        "documentNamespace": f"https://dayroom.invalid/spdx/{version}",
        # The commit's own time, so that two builds give one file.
        "creationInfo": {"created": created(repository), "creators": ["Tool: image-build/sbom.py"]},
        "packages": [root, *packages],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                           "relatedSpdxElement": "SPDXRef-image"}]
        + [{"spdxElementId": "SPDXRef-image", "relationshipType": "CONTAINS", "relatedSpdxElement": one["SPDXID"]}
           for one in packages],
    }
    path = Path(out) / f"dayroom_{version}.spdx.json"
    path.write_text(json.dumps(about, indent=1, sort_keys=True) + "\n")
    return len(packages)


def created(repository):
    command = ["git", "log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd"]
    return subprocess.run(command, cwd=repository, env={"TZ": "UTC", "PATH": "/usr/bin:/bin:/usr/local/bin"},
                          capture_output=True, text=True, check=True).stdout.strip()


def debian(one):
    name, version = one["name"], one["version"]
    return package(f"deb-{name}", name, version, f"pkg:deb/debian/{name}@{version}?arch={one['architecture']}",
                   "NOASSERTION")


def crate(one):
    return package(f"crate-{one['name']}-{one['version']}", one["name"], one["version"],
                   f"pkg:cargo/{one['name']}@{one['version']}", (one.get("license") or "NOASSERTION").replace("/", " OR "))


def package(key, name, version, purl, licence):
    key = "".join(c if c.isalnum() or c in ".-" else "-" for c in key)
    return {
        "SPDXID": f"SPDXRef-{key}", "name": name, "versionInfo": version, "filesAnalyzed": False,
        "downloadLocation": "NOASSERTION", "licenseDeclared": licence,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
    }


def crates(repository):
    """The crates that the kiosk's program is linked from, as the image builds it."""
    tree = subprocess.run(
        ["cargo", "tree", "--locked", "--package", "dayroom", "--no-default-features", "--features",
         "vendored-sqlcipher", "--edges", "normal", "--target", "x86_64-unknown-linux-gnu", "--prefix", "none",
         "--format", "{p}|{l}"],
        cwd=repository, capture_output=True, text=True, check=True).stdout
    found = {}
    for line in tree.splitlines():
        name, licence = line.removesuffix(" (*)").split("|")
        words = name.split()
        if len(words) >= 2:
            found[words[0], words[1].lstrip("v")] = licence.removesuffix(" (*)")
    return [{"name": n, "version": v, "license": l} for (n, v), l in sorted(found.items())]
