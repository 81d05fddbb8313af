#!/bin/sh
# The training run: a server on a little sample data answers a few questions, and what it loaded, linked and counted is
# kept in the AOT cache. Runs where the server will lie, with the options that it will run with.
#
# usage: train.sh JAVA FOLDER CACHE ASK     (FOLDER: the server's, with jvm.options; ASK: that of the class Ask)
set -eu

java=$1
folder=$2
cache=$3
ask=$4
scratch=$(mktemp -d)
ready=$scratch/out
log=$scratch/log

bowyer() { "$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "@$folder/jvm.options" "$@"; }

failed() {
    cat "$ready" "$log" >&2
    echo "error: $*" >&2
    exit 1
}

# Classes are kept loaded, but not linked: linked they take 8 MB more, and the image would pass its 300 MB.
# The address is one that no other process of this build has; the engine may build without a network.
: >"$ready"
"$java" "-XX:AOTCacheOutput=$cache" -XX:-AOTClassLinking "-XX:Flags=$folder/jvm.flags" "@$folder/jvm.options" \
    demo --scale 0.01 --folder "$scratch" --listen 127.0.0.1:8815 --http 127.0.0.1:8816 >"$ready" 2>"$log" &
server=$!
waited=0
until grep -q '^Bowyer is ready' "$ready"; do
    kill -0 "$server" 2>/dev/null || failed "the server ended before it was ready"
    [ "$waited" -lt 1200 ] || failed "the server is not ready after two minutes"
    sleep 0.1
    waited=$((waited + 1))
done
uri=grpc://127.0.0.1:8815
for sql in "SELECT count(*) FROM lineitem" \
    "SELECT l_returnflag, sum(l_quantity), avg(l_discount) FROM lineitem GROUP BY l_returnflag ORDER BY 1" \
    "SELECT o_orderkey, c_name FROM orders JOIN customer ON o_custkey = c_custkey LIMIT 1000" \
    "SELECT * FROM lineitem"; do
    bowyer sql "$sql" --uri "$uri" --format csv >"$scratch/rows" 2>"$scratch/err" || failed "$sql: $(cat "$scratch/err")"
done
bowyer datasets --uri "$uri" >/dev/null
bowyer describe lineitem --uri "$uri" >/dev/null
# A caller's mistake is part of the day, and the way it is told.
! bowyer sql "SELECT nothing FROM nowhere" --uri "$uri" >/dev/null 2>&1 || failed "a wrong statement was answered"
"$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$ask" Ask http://127.0.0.1:8816 2>"$scratch/err" ||
    failed "HTTP: $(cat "$scratch/err")"
kill "$server"
wait "$server" || failed "the server ended with exit code $?"
[ -s "$cache" ] || failed "no cache was written"
rm -rf "$scratch"
