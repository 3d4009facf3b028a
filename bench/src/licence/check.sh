#!/bin/sh
# Compares NOTICE with what the dependencies of this build say, or writes it anew.
set -eu
made=target/licence/NOTICE
kept=../NOTICE
if [ "$1" = write ]; then
  cp "$made" "$kept"
elif ! diff -u "$kept" "$made"; then
  echo "NOTICE is out of date: a dependency came, went or changed. Look at it, then run ./elohim notice and commit." >&2
  exit 1
fi
