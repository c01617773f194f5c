#!/bin/sh
# Makes the certificates in this folder again (OpenSSL 3.0). Only for tests: their key is public.
set -eu
cd "$(dirname "$0")"
TMP_CA=$(mktemp -d)
export TMP_CA
trap 'rm -rf "$TMP_CA"' EXIT

request() { # name, key
  openssl req -new -key "$2" -subj "/CN=Tributary test $1" -out "$TMP_CA/$1.csr"
}
sign() { # name, extensions, last day, what signs
  name=$1 extensions=$2 until=$3
  shift 3
  printf '%b' "$extensions" >"$TMP_CA/ext"
  openssl ca -batch -config ca.cnf -outdir "$TMP_CA" -create_serial -in "$TMP_CA/$name.csr" -extfile "$TMP_CA/ext" \
    -startdate 20200101000000Z -enddate "$until" -notext -out "$name.pem" "$@"
}

: >"$TMP_CA/index"
ca_key=$TMP_CA/ca-key.pem
by_ca="-keyfile $ca_key -cert ca.pem"
leaf='basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName='
ours=$leaf'DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3,IP:127.0.0.4\n'

openssl ecparam -name prime256v1 -genkey -noout -out "$ca_key"
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
request ca "$ca_key"
for name in good wrong-host expired self-signed client; do request "$name" key.pem; done

sign ca 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n' 21200101000000Z -selfsign -keyfile "$ca_key"
sign self-signed "$ours" 21200101000000Z -selfsign -keyfile key.pem
# shellcheck disable=SC2086 # two options in one variable
sign good "$ours" 21200101000000Z $by_ca
# shellcheck disable=SC2086
sign wrong-host "${leaf}DNS:other.example\n" 21200101000000Z $by_ca
# shellcheck disable=SC2086
sign expired "$ours" 20200201000000Z $by_ca
# shellcheck disable=SC2086
sign client 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n' 21200101000000Z $by_ca
