#!/bin/sh
# Lays out the files of Debian that the server needs, and no others: libc, libgcc and certificate authorities. There is no
# shell and no package manager in the image. Runs in the image that the Dockerfile builds in.
#
# usage: root.sh FOLDER
set -eu

root=$1
user=10001
packages="libc6 libgcc-s1 libc-bin ca-certificates base-files"

mkdir -p "$root/etc/bowyer" "$root/etc/ssl/certs" "$root/tmp" "$root/var/lib/dpkg/status.d"
chmod 1777 "$root/tmp"
for package in libc6 libgcc-s1; do
    # Not the conversions of character sets, which iconv alone reads, nor mathematics on vectors, which no library names.
    dpkg -L "$package" | grep -E '\.so(\.[0-9]+)*$' | grep -v -e /gconv/ -e /libmvec | while read -r file; do
        cp -a --parents "$file" "$root"
    done
done
# File names that are not ASCII.
cp -a --parents /usr/lib/locale/C.utf8 "$root"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -L /etc/os-release "$root/etc/"
for package in $packages; do
    # What scanners of images read, and the licenses.
    dpkg -s "$package" >"$root/var/lib/dpkg/status.d/$package"
    [ ! -e "/usr/share/doc/$package/copyright" ] || cp -L --parents "/usr/share/doc/$package/copyright" "$root"
done
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/sbin/nologin\nbowyer:x:%s:%s:bowyer:/tmp:/sbin/nologin\n' "$user" "$user" >"$root/etc/passwd"
printf 'root:x:0:\nbowyer:x:%s:\n' "$user" >"$root/etc/group"
