// SPDX-License-Identifier: BSD-3-Clause
// Clients of the RouterOS API that are not ours, against romon-gw: node clients.js CLIENT PORT. Each prints a line for
// each step that held, and exits with 1 at the first that did not. Run by tests/netns/gateway_clients.py, which does
// what the lines in capitals ask for.
"use strict";
const assert = require("assert");

const [client, portText] = process.argv.slice(2);
const host = "127.0.0.1", port = Number(portText), user = "ann", password = "a password: with signs=%";
const tls = port === 8729 ? {rejectUnauthorized: false, minVersion: "TLSv1.2"} : undefined;
const NODE = "02:00:00:00:00:02";
const say = (line) => process.stdout.write(`${line}\n`);
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

async function nodeRouteros() {
    const {RouterOSAPI} = require("node-routeros");
    const make = (more) => new RouterOSAPI({host, port, user, password, tls, timeout: 5, ...more});
    await assert.rejects(make({password: "wrong"}).connect(), /Username or password is invalid/);
    say("login refused");
    const api = make({timeout: 2, keepalive: true});
    await api.connect();
    say("connected");
    const ports = await api.write("/tool/romon/port/print");
    assert.deepStrictEqual(ports.map((p) => p.interface).sort(), ["a", "all", "b"]);
    const [node] = await api.write("/interface/romon/neighbors/print", ["?status=ok"]);
    assert.strictEqual(node.id, NODE);
    assert.deepStrictEqual(await api.write("/tool/romon/neighbors/print", ["?cost=1", "?status=ok", "?#&", "=.proplist=id"]), []);
    say("printed");
    await assert.rejects(api.write("/tool/nothing/print"), /no such command prefix/);
    await assert.rejects(api.write("/tool/romon/port/set", ["=.id=*1", "=cost=5"]), /not enough permissions/);
    say("traps");
    const both = await Promise.all([...Array(20)].map((_, i) =>
        api.write(i % 2 ? "/system/identity/print" : "/tool/romon/port/print")));
    both.forEach((rows, i) => assert.strictEqual(rows.length, i % 2 ? 1 : 3));
    say("in parallel");
    const pings = await api.write("/tool/romon/ping", [`=id=${NODE}`, "=count=2", "=interval=100ms"]);
    assert.deepStrictEqual(pings.map((p) => [p.seq, p.sent]), [["0", "1"], ["1", "2"]]); // the node answers Discovers only
    say("pinged");
    let stream;
    const change = new Promise((resolve, reject) => {
        stream = api.stream(["/interface/listen", "=.proplist=name,running"], (err, row) => err ? reject(err) : resolve(row));
    });
    await sleep(700); // listen has no answer that says that it began
    say("LINK DOWN");
    const row = [].concat(await change)[0];
    assert.deepStrictEqual([row.name, row.running], ["b", "false"]);
    await stream.stop();
    say("listened and cancelled");
    await sleep(1300); // more than half of the time-out: a keepalive went out and was answered
    assert.strictEqual((await api.write("/system/identity/print"))[0].name, "node");
    say("kept alive");
    say("KILL ROMOND");
    for (;;) {
        const said = await api.write("/system/identity/print").then(() => null, (e) => e.message);
        if (said !== null) {
            assert.match(said, /romond does not run/);
            break;
        }
        await sleep(50);
    }
    say("START ROMOND");
    while (await api.write("/system/identity/print").then(() => false, () => true))
        await sleep(100);
    say("the same connection goes on");
    await api.close();
    say("closed");
}

async function tlsOnly() {
    const {RouterOSAPI} = require("node-routeros");
    const api = new RouterOSAPI({host, port, user, password, tls, timeout: 5});
    await api.connect();
    assert.strictEqual((await api.write("/system/identity/print"))[0].name, "node");
    assert.strictEqual((await api.write("/tool/romon/port/print")).length, 3);
    await api.close();
    say("printed by TLS");
}

async function routerosClient() {
    const {RouterOSClient} = require("routeros-client");
    const client = new RouterOSClient({host, port, user, password, tls, timeout: 5});
    const api = await client.connect();
    const ports = await api.menu("/tool romon port").get();
    assert.deepStrictEqual(ports.map((p) => p.interface).sort(), ["a", "all", "b"]);
    say("got");
    const nodes = await api.menu("/tool romon neighbors").where("status", "ok").get();
    assert.strictEqual(nodes.length, 1);
    assert.strictEqual((await api.menu("/tool romon neighbors").where("status", "down").get()).length, 0);
    assert.strictEqual((await api.menu("/system identity").getOnly()).name, "node");
    say("where");
    await assert.rejects(api.menu("/tool nothing").get(), /no such command prefix/);
    say("trap");
    await client.close();
    say("closed");
}

async function mikronode() {
    const api = await require("mikronode-ng2").getConnection(host, user, password, {port, timeout: 5}).getConnectPromise();
    const [ports, name] = await Promise.all(
        [api.getCommandPromise("/tool/romon/port/print"), api.getCommandPromise("/system/identity/print")]);
    assert.deepStrictEqual(ports.map((p) => p.interface).sort(), ["a", "all", "b"]);
    assert.strictEqual(name[0].name, "node");
    say("printed in parallel");
    const trap = await api.getCommandPromise("/tool/nothing/print").then(() => "none", (e) => String(e.message || e));
    assert.match(trap, /no such command prefix/);
    say("trap");
    api.close(true);
    say("closed");
}

const clients = {"node-routeros": nodeRouteros, "node-routeros-tls": tlsOnly, "routeros-client": routerosClient, "mikronode-ng2": mikronode};
clients[client]().then(() => process.exit(0), (e) => {
    say(`FAILED: ${e.stack || e.message || JSON.stringify(e)}`);
    process.exit(1);
});
