// Generated from src/bin/action.ts by `npm run generate`; not to be edited.

// src/bin/action.ts
import { appendFileSync } from "node:fs";

// src/core/error.ts
var HouseError = class extends Error {
  code;
  constructor(code, message, options) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
  get kind() {
    return "refused";
  }
  /** Every fault that it is about, a line each. */
  get lines() {
    return [`${this.code} ${this.message}`];
  }
};
function errorText(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

// src/client/error.ts
var ClientError = class extends HouseError {
  /** With `CLIENT_UNAVAILABLE` and `CLIENT_UNTRUSTED`: what there is instead of an answer. */
  failure;
  constructor(code, message, failure) {
    super(code, message);
    this.failure = failure;
  }
};
function failureError(failure) {
  const code = failure.outcome === "untrusted" ? "CLIENT_UNTRUSTED" : "CLIENT_UNAVAILABLE";
  return new ClientError(code, `${failure.code}: ${failure.detail}`, failure);
}
function distrust(code, detail) {
  return failureError({ outcome: "untrusted", code, detail });
}

// src/client/clock.ts
var LONGEST_NAP_MS = 2 ** 31 - 1;
var systemClock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    for (let leftMs = ms; leftMs > 0 && !signal.aborted; leftMs -= LONGEST_NAP_MS)
      await nap(Math.min(leftMs, LONGEST_NAP_MS), signal);
  }
};
function nap(ms, signal) {
  return new Promise((resolve2) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve2();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
var NEVER = new AbortController().signal;
var FIRST_MS = 100;
var LONGEST_MS = 5e3;
function backoffMs(attempt, random) {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
}
function retryAfterMs(field, now) {
  if (field === null) return void 0;
  if (/^\d{1,9}$/.test(field)) return Number(field) * 1e3;
  const date = /GMT$/.test(field) ? Date.parse(field) : Number.NaN;
  return Number.isNaN(date) ? void 0 : Math.max(0, date - now);
}

// src/client/exchange.ts
var MAX_CHARACTERS = 64 * 1024 * 1024;
async function exchange(parts, path, headers, signal) {
  const askedAt = parts.clock.now();
  const response = await open(parts, path, headers, signal);
  return { status: response.status, headers: response.headers, text: await readText(response), askedAt };
}
function open(parts, path, headers, signal) {
  return parts.fetch(`${parts.base}${path}`, {
    headers: { ...parts.headers, ...headers },
    cache: "no-store",
    redirect: "manual",
    signal
  });
}
async function readText(response) {
  let text = "";
  for await (const more of readPieces(response)) {
    text += more;
    if (text.length > MAX_CHARACTERS) throw new Error(`the answer has more than ${MAX_CHARACTERS} characters`);
  }
  return text;
}
async function* readPieces({ body }) {
  if (body === null) return;
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (; ; ) {
      const { done, value } = await reader.read();
      yield decoder.decode(value, { stream: !done });
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {
    });
  }
}
function typeOf(headers) {
  const [type] = headers.get("content-type")?.split(";", 1) ?? [];
  return type?.trim().toLowerCase();
}

// src/client/judge.ts
var ANSWERS = {
  org_not_registered: 404,
  repo_not_registered: 404,
  repo_disabled: 403,
  revision_gone: 410
};
var QUESTIONS = { invalid_name: 400, invalid_query: 400 };
var UNTRUSTED = ["seal_invalid", "pin_unknown", "pin_invalid"];
var UNAVAILABLE = [
  "overloaded",
  "registry_invalid",
  "registry_not_loaded",
  "registry_version_unsupported",
  "shutting_down"
];
var VERSIONS = ["2.0"];
function judge(reply, now) {
  const { status, headers } = reply;
  const told = toldOf(reply, now);
  if (told !== void 0 && "outcome" in told) return told;
  if (status === 200 && told !== void 0 && typeOf(headers) === "application/json") {
    const body = parse(reply.text);
    if (body === void 0) return untrusted("bad_shape", "the answer is not JSON");
    return { outcome: "answer", body, etag: headers.get("etag"), told };
  }
  if (status === 304 && told !== void 0) return { outcome: "unchanged", etag: headers.get("etag"), told };
  return judgeProblem(reply, told, now) ?? judgeStatus(reply, now);
}
function toldOf({ headers, askedAt }, now) {
  const revision = headers.get("infra-registry-revision");
  const version = headers.get("infra-schema-version");
  if (revision === null || version === null || !/^[0-9a-f]{64}$/.test(revision)) return void 0;
  if (!VERSIONS.includes(version)) {
    const detail = `the answer has schema version ${JSON.stringify(version)} (want ${VERSIONS.join(", ")})`;
    return untrusted("schema_version_unknown", detail);
  }
  const age = headers.get("age") ?? "0";
  if (!/^\d{1,10}$/.test(age)) return untrusted("bad_shape", `the age is ${JSON.stringify(age)}`);
  const ageSeconds = Number(age) + Math.max(0, now - askedAt) / 1e3;
  return { revision, ageSeconds, degraded: headers.get("infra-registry-state") === "degraded" };
}
function judgeProblem(reply, told, now) {
  const { status, headers } = reply;
  if (typeOf(headers) !== "application/problem+json") return void 0;
  const document = parse(reply.text);
  if (typeof document !== "object" || document === null) return void 0;
  const { code, type, detail, instance, status: said } = document;
  if (typeof code !== "string" || typeof detail !== "string" || typeof instance !== "string") return void 0;
  if (type !== `/problems/${code}` || said !== status) return void 0;
  if (isKey(ANSWERS, code) && ANSWERS[code] === status && told !== void 0)
    return { outcome: "problem", code, detail, instance, told };
  if (isKey(QUESTIONS, code) && QUESTIONS[code] === status)
    return { outcome: "problem", code, detail, instance, told: void 0 };
  if (status !== 503) return void 0;
  const distrusted = UNTRUSTED.find((known2) => known2 === code);
  if (distrusted !== void 0) return untrusted(distrusted, detail);
  const known = UNAVAILABLE.find((each) => each === code);
  return known && { outcome: "outage", code: known, detail, passing: true, ...retryOf(headers, now) };
}
function judgeStatus({ status, headers }, now) {
  const detail = `the answer is ${status} (${headers.get("content-type") ?? "without a type"})`;
  const outage = (code, passing) => ({
    outcome: "outage",
    code,
    detail,
    passing,
    ...retryOf(headers, now)
  });
  if (status === 429) return outage("rate_limited", true);
  if (status >= 500) return outage("server_error", true);
  if (status === 401 || status === 403 || status === 407) return outage("refused", false);
  return outage("foreign_answer", false);
}
function retryOf(headers, now) {
  const ms = retryAfterMs(headers.get("retry-after"), now);
  return ms === void 0 ? {} : { retryAfterMs: ms };
}
function untrusted(code, detail) {
  return { outcome: "untrusted", code, detail };
}
function isKey(table, key) {
  return Object.hasOwn(table, key);
}
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}

// src/client/ask.ts
var TRIES = 3;
async function ask(parts, path, headers, signal) {
  const { clock, memory } = parts;
  const ends = clock.now() + parts.deadlineMs;
  for (let attempt = 1; ; attempt++) {
    const question = memory.newQuestion();
    const judged = await tryOnce(parts, path, headers, (ends - clock.now()) / (TRIES - attempt + 1), signal);
    if (judged.outcome !== "outage") return { said: judged, question };
    const waitMs = waitOf(judged, attempt, parts.random);
    if (!judged.passing || attempt === TRIES || clock.now() + waitMs >= ends)
      return { said: failureOf(judged, attempt), question };
    await clock.sleep(waitMs, signal ?? NEVER);
    signal?.throwIfAborted();
  }
}
async function tryOnce(parts, path, headers, limitMs, caller) {
  const limit = limitTo(parts, limitMs, caller);
  try {
    return judge(await exchange(parts, path, headers, limit.signal), parts.clock.now());
  } catch (thrown) {
    caller?.throwIfAborted();
    if (limit.reached()) {
      const detail = `no answer within ${Math.ceil(limitMs)} ms`;
      return { outcome: "outage", code: "deadline", detail, passing: true };
    }
    return { outcome: "outage", code: "network", detail: causeText(thrown), passing: true };
  } finally {
    limit.release();
  }
}
function limitTo({ clock }, limitMs, caller) {
  const cut = new AbortController();
  let done = new AbortController();
  const start = () => {
    const { signal } = done;
    void clock.sleep(limitMs, signal).then(() => {
      if (!signal.aborted) cut.abort();
    });
  };
  start();
  return {
    signal: caller === void 0 ? cut.signal : AbortSignal.any([cut.signal, caller]),
    reached: () => cut.signal.aborted,
    restart: () => {
      done.abort();
      done = new AbortController();
      start();
    },
    release: () => done.abort()
  };
}
function waitOf({ retryAfterMs: retryAfterMs2 }, attempt, random) {
  return (retryAfterMs2 ?? 0) + backoffMs(attempt, random);
}
function failureOf({ code, detail, retryAfterMs: retryAfterMs2 }, attempts) {
  const failure = { outcome: "unavailable", code, detail, attempts };
  return retryAfterMs2 === void 0 ? failure : { ...failure, retryAfterSeconds: Math.ceil(retryAfterMs2 / 1e3) };
}
function causeText(thrown) {
  const cause = thrown instanceof Error ? thrown.cause : void 0;
  return cause === void 0 ? errorText(thrown) : `${errorText(thrown)}: ${errorText(cause)}`;
}

// src/client/memory.ts
var Memory = class {
  #slots = /* @__PURE__ */ new Map();
  #most;
  #questions = 0;
  constructor(most) {
    this.#most = most;
  }
  /** Numbers a question that is about to be asked. Not by the time, since a clock that is set back would lose count. */
  newQuestion() {
    return ++this.#questions;
  }
  /** Returns the last good answer, if there is one. */
  get(path) {
    const slot = this.#slots.get(path);
    if (slot === void 0) return void 0;
    this.#slots.delete(path);
    this.#slots.set(path, slot);
    return slot.answer;
  }
  /** Remembers an answer, or with `undefined` that there is none, unless a later question was answered already. */
  set(path, question, answer) {
    const slot = this.#slots.get(path);
    if (slot !== void 0 && slot.question > question) return;
    this.#slots.delete(path);
    this.#slots.set(path, { question, answer });
    for (const oldest of this.#slots.keys()) {
      if (this.#slots.size <= this.#most) break;
      this.#slots.delete(oldest);
    }
  }
};
function toldBy({ told, cameAt }, now) {
  const sinceS = (now - cameAt) / 1e3;
  return sinceS < 0 ? void 0 : { ...told, ageSeconds: told.ageSeconds + sinceS };
}

// src/client/options.ts
function partsOf(options) {
  return {
    base: baseOf(options.url),
    headers: options.headers ?? {},
    deadlineMs: checkAmount("deadlineMs", options.deadlineMs ?? 1e4, 1),
    staleIfErrorSeconds: checkAmount("staleIfErrorSeconds", options.staleIfErrorSeconds ?? 0),
    // Called as a function of nobody: browsers refuse `fetch` as a method of another object.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    memory: new Memory(checkAmount("cacheEntries", options.cacheEntries ?? 1e3))
  };
}
function partsFor(parts, { deadlineMs, staleIfErrorSeconds }) {
  return {
    ...parts,
    deadlineMs: checkAmount("deadlineMs", deadlineMs ?? parts.deadlineMs, 1),
    staleIfErrorSeconds: checkAmount("staleIfErrorSeconds", staleIfErrorSeconds ?? parts.staleIfErrorSeconds)
  };
}
function baseOf(given) {
  let url;
  try {
    url = new URL(given);
  } catch (thrown) {
    throw new ClientError("CLIENT_BAD_OPTION", `url: want an absolute address, got ${errorText(thrown)}`);
  }
  const { protocol, username, password, search, hash } = url;
  if (!/^https?:$/.test(protocol)) {
    throw new ClientError("CLIENT_BAD_OPTION", `url: want http or https, got ${JSON.stringify(protocol)}`);
  }
  if (`${username}${password}${search}${hash}` !== "") {
    throw new ClientError("CLIENT_BAD_OPTION", "url: want no user, query or fragment");
  }
  return url.href.replace(/\/+$/, "");
}
function checkAmount(name, amount, least = 0) {
  if (amount >= least && amount < Number.POSITIVE_INFINITY) return amount;
  throw new ClientError("CLIENT_BAD_OPTION", `${name}: want a number from ${least}, got ${amount}`);
}

// src/client/keep.ts
async function askKept(given, path, read, options) {
  const parts = partsFor(given, options);
  const { memory } = parts;
  const before = memory.get(path);
  const headers = before === void 0 ? {} : { "if-none-match": before.etag };
  const { said, question } = await ask(parts, path, headers, options.signal);
  const remember = (value, etag, told) => {
    const cameAt = parts.clock.now();
    memory.set(path, question, etag === null ? void 0 : { value, etag, told, cameAt });
  };
  try {
    switch (said.outcome) {
      case "answer": {
        const { body, etag, told } = said;
        const value = read(body, told);
        remember(value, etag, told);
        return { outcome: "found", value, kept: { ...told, stale: false } };
      }
      case "unchanged": {
        const { value, etag } = confirm(before, said.etag, said.told);
        remember(value, etag, said.told);
        return { outcome: "found", value, kept: { ...said.told, stale: false } };
      }
      case "problem":
        if (said.told !== void 0) memory.set(path, question, void 0);
        return said;
      case "untrusted":
        return said;
      case "unavailable":
        return standIn(parts, path, said) ?? said;
    }
  } catch (thrown) {
    if (thrown instanceof ClientError && thrown.failure !== void 0) return thrown.failure;
    throw thrown;
  }
}
function confirm(before, etag, told) {
  const bare = (tag) => tag.replace(/^W\//, "");
  if (before === void 0 || etag === null || bare(etag) !== bare(before.etag)) {
    throw distrust("bad_shape", `"unchanged" was said of ${etag ?? "no entity tag"}, which was not asked for`);
  }
  if (told.revision !== before.told.revision) {
    const detail = `"unchanged" was said of revision ${told.revision} (want ${before.told.revision})`;
    throw distrust("revision_mismatch", detail);
  }
  return before;
}
function standIn(parts, path, { code }) {
  const answer = parts.memory.get(path);
  if (answer === void 0 || code === "refused" || parts.staleIfErrorSeconds === 0) return void 0;
  const told = toldBy(answer, parts.clock.now());
  if (told === void 0 || told.ageSeconds > parts.staleIfErrorSeconds) return void 0;
  return { outcome: "found", value: answer.value, kept: { ...told, stale: true } };
}

// src/client/shapes.ts
var STATES = { enabled: true, disabled: true };
var CONTEXTS = { sandbox: true, production: true };
function readRepository(value) {
  const entry = readMembers(value, "the entry");
  const org = readName(entry, "org");
  return {
    org,
    repo: readName(entry, "repo"),
    state: readWord(entry, "state", STATES),
    context: readWord(entry, "context", CONTEXTS),
    telemetryRepo: readTelemetryRepo(entry, "telemetry_repo", org),
    process: readText2(entry, "process"),
    reason: readText2(entry, "reason")
  };
}
function readTarget(value) {
  const answer = readMembers(value, "the answer");
  const org = readName(answer, "org");
  const telemetryRepo = readTelemetryRepo(answer, "telemetry_repo", org);
  return { org, repo: readName(answer, "repo"), telemetryRepo };
}
function readPage(value) {
  const { items, total, next } = readMembers(value, "the page");
  if (!Array.isArray(items) || !Number.isSafeInteger(total) || next !== null && typeof next !== "string")
    throw distrust("bad_shape", "the page has no items, total and next");
  return { items: items.map(readRepository), total, next };
}
function checkRevision(value, told) {
  const registry = readMembers(readMembers(value, "the answer").registry, "its registry");
  if (registry.revision === told.revision) return;
  const detail = `the body is of revision ${JSON.stringify(registry.revision)} (want ${told.revision}, as in the head)`;
  throw distrust("revision_mismatch", detail);
}
function checkSubject(got, asked) {
  if (fold(got) === fold(asked)) return;
  throw distrust(
    "wrong_subject",
    `the answer is about ${got.org}/${got.repo} (want ${asked.org}/${asked.repo})`
  );
}
var fold = ({ org, repo }) => `${org}/${repo}`.toLowerCase();
var RECORD_KEYS = "orgOwner targetRepoName telemetryRepo repoContext repoState dashboard warnings reasons versionUsed registrySha outcomeCode";
var RECORD_OUTCOMES = {
  INFRA_OK: { found: true, routed: true },
  INFRA_REPO_UNREGISTERED: { found: false, routed: true },
  INFRA_TELEMETRY_UNRESOLVABLE: { found: false, routed: false }
};
function readRecord(value, asked) {
  const record = readMembers(value, "the record");
  if (Object.keys(record).join(" ") !== RECORD_KEYS)
    throw distrust(
      "bad_shape",
      `the record has the keys ${Object.keys(record).join(" ")} (want ${RECORD_KEYS})`
    );
  const org = readName(record, "orgOwner");
  checkSubject({ org, repo: readName(record, "targetRepoName") }, asked);
  const { found, routed } = RECORD_OUTCOMES[readWord(record, "outcomeCode", RECORD_OUTCOMES)];
  readWord(record, "repoState", found ? STATES : { absent: true });
  readWord(record, "repoContext", found ? CONTEXTS : { unknown: true });
  if (routed) readTelemetryRepo(record, "telemetryRepo", org);
  else readWord(record, "telemetryRepo", { "": true });
  const dashboard = readMembers(record.dashboard, "dashboard");
  const plain = record.versionUsed === "v2" && dashboard.public === false && dashboard.enabled === (record.repoState === "enabled") && /^[0-9a-f]{40}$/.test(readText2(record, "registrySha")) && [record.warnings, record.reasons].every((texts) => Array.isArray(texts) && texts.every(isText));
  if (!plain) throw distrust("bad_shape", "the record contradicts itself");
  return record;
}
function readMembers(value, what) {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw distrust("bad_shape", `${what} is not an object`);
}
function readText2(members, key) {
  const value = own(members, key);
  if (isText(value)) return value;
  throw distrust("bad_shape", `${key} is not text`);
}
var isText = (value) => typeof value === "string";
function own(members, key) {
  return Object.hasOwn(members, key) ? members[key] : void 0;
}
function readWord(members, key, words) {
  const value = readText2(members, key);
  if (Object.hasOwn(words, value)) return value;
  throw distrust("bad_shape", `${key} is ${JSON.stringify(value)} (want ${Object.keys(words).join(" or ")})`);
}
function readName(members, key) {
  const value = readText2(members, key);
  if (isPlainName(value)) return value;
  throw distrust("bad_shape", `${key} is ${JSON.stringify(value)}, which is no name`);
}
function readTelemetryRepo(members, key, org) {
  const value = readText2(members, key);
  const [owner, name, ...rest] = value.split("/");
  if (owner?.toLowerCase() === org.toLowerCase() && isPlainName(name ?? "") && rest.length === 0) return value;
  throw distrust("bad_shape", `${key} is ${JSON.stringify(value)} (want one of ${org})`);
}
function isPlainName(name) {
  return /^[A-Za-z0-9._-]{1,100}$/.test(name) && name !== "." && name !== "..";
}

// src/client/refusal.ts
function pathOf(route, { org, repo }) {
  for (const name of [org, repo]) {
    if (!isPlainName(name))
      throw new ClientError("CLIENT_BAD_NAME", `${JSON.stringify(name)} is not a name that GitHub allows`);
  }
  return `${route}/${org}/${repo}`;
}
function readRefusal({ code, detail, instance, told }, path) {
  if (code === "invalid_name") throw new ClientError("CLIENT_BAD_NAME", detail);
  const isMissing = code === "org_not_registered" || code === "repo_not_registered";
  if (told === void 0 || !(isMissing || code === "repo_disabled"))
    return { outcome: "unavailable", code: "foreign_answer", detail: `${code}: ${detail}`, attempts: 1 };
  if (!instance.endsWith(path)) {
    const about = `the answer is about ${JSON.stringify(instance)} (want ${path})`;
    return { outcome: "untrusted", code: "wrong_subject", detail: about };
  }
  if (!isMissing) return { outcome: "disabled", detail, ...told };
  const missing = code === "org_not_registered" ? "organisation" : "repository";
  return { outcome: "not-registered", missing, detail, ...told };
}

// src/client/engine-record.ts
async function engineRecord(parts, asked, options) {
  const path = pathOf("/infra-resolution", asked);
  const read = (body) => readRecord(body, asked);
  const found = await askKept(parts, path, read, { ...options, staleIfErrorSeconds: 0 });
  if (found.outcome === "problem") {
    if (found.code === "invalid_name") throw new ClientError("CLIENT_BAD_NAME", found.detail);
    const detail = `${found.code}: ${found.detail}`;
    return { outcome: "unavailable", code: "foreign_answer", detail, attempts: 1 };
  }
  if (found.outcome !== "found") return found;
  const { stale: _, ...told } = found.kept;
  return { outcome: "recorded", record: found.value, ...told };
}

// src/client/repos.ts
async function* repos(given, filter, options) {
  const parts = partsFor(given, options);
  const query = queryOf(filter, options.pageSize ?? 1e3);
  let revision;
  let listed = 0;
  for (; ; ) {
    const { body, told } = await askPage(parts, `/repos?${query}`, options);
    checkRevision(body, told);
    const { items, total, next } = readPage(body);
    if (revision !== void 0 && revision !== told.revision)
      throw distrust("revision_mismatch", `the page is of revision ${told.revision} (want ${revision})`);
    revision = told.revision;
    listed += items.length;
    if (next === null ? listed !== total : items.length === 0 || listed > total)
      throw distrust("bad_shape", `the pages have ${listed} repositories (want ${total})`);
    for (const item of items) {
      if (item.state !== (filter.state ?? item.state) || item.context !== (filter.context ?? item.context))
        throw distrust(
          "wrong_subject",
          `${item.org}/${item.repo} is ${item.state} ${item.context}, which was not asked for`
        );
    }
    yield { items, total, ...told };
    if (next === null) return;
    query.set("cursor", next);
  }
}
function queryOf({ org, state, context, q }, pageSize) {
  const words = { org, state, context, q, limit: String(pageSize) };
  return new URLSearchParams(
    Object.entries(words).filter((pair) => pair[1] !== void 0)
  );
}
async function askPage(parts, path, { signal }) {
  const { said } = await ask(parts, path, {}, signal);
  switch (said.outcome) {
    case "answer":
      return said;
    case "problem":
      if (said.code === "revision_gone") throw new ClientError("CLIENT_REVISION_GONE", said.detail);
      if (said.code === "invalid_name") throw new ClientError("CLIENT_BAD_NAME", said.detail);
      throw new ClientError("CLIENT_BAD_OPTION", `${said.code}: ${said.detail}`);
    case "unchanged":
      throw distrust("bad_shape", '"unchanged" was said of a page, which was not asked');
    default:
      throw failureError(said);
  }
}

// src/client/resolve.ts
async function resolve(parts, asked, options) {
  const path = pathOf("/resolve", asked);
  const found = await askKept(parts, path, (body, told) => readResolved(body, told, asked), options);
  if (found.outcome === "found") {
    const { state, ...rest } = { ...found.value, ...found.kept };
    return state === "enabled" ? { outcome: "registered", ...rest, state } : { outcome: "disabled", ...rest, state };
  }
  if (found.outcome !== "problem") return found;
  const refusal = readRefusal(found, path);
  if (refusal.outcome !== "disabled") return refusal;
  return { outcome: "untrusted", code: "bad_shape", detail: refusal.detail };
}
function readResolved(body, told, asked) {
  checkRevision(body, told);
  const repository = readRepository(body);
  checkSubject(repository, asked);
  return repository;
}

// src/client/telemetry-target.ts
async function telemetryTarget(parts, asked, options) {
  const path = pathOf("/telemetry-target", asked);
  const read = (body, told) => {
    checkRevision(body, told);
    const target = readTarget(body);
    checkSubject(target, asked);
    return target;
  };
  const found = await askKept(parts, path, read, options);
  if (found.outcome === "found") return { outcome: "registered", ...found.value, ...found.kept };
  return found.outcome === "problem" ? readRefusal(found, path) : found;
}

// src/client/event-stream.ts
var MAX_LINE = 65536;
var EventStream = class {
  #rest = "";
  #id;
  #first = true;
  /** Takes the next piece and returns what it completed. Throws when a line does not end. */
  push(piece) {
    if (this.#first && piece !== "") {
      this.#first = false;
      return this.push(piece.replace(/^\uFEFF/, ""));
    }
    const text = this.#rest + piece;
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    if (this.#rest.length > MAX_LINE)
      throw new Error(`a line of the stream has more than ${MAX_LINE} characters`);
    return lines.flatMap((line) => this.#take(line) ?? []);
  }
  #take(line) {
    if (line === "") {
      const id = this.#id;
      this.#id = void 0;
      return id === void 0 ? void 0 : { id };
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === "id" && !value.includes("\0")) this.#id = value;
    if (field === "retry" && /^\d{1,7}$/.test(value)) return { retryMs: Number(value) };
    return void 0;
  }
};

// src/client/watch.ts
var FIRST_RETRY_MS = 2e3;
var LONGEST_RETRY_MS = 6e4;
var SILENCE_MS = 6e4;
var WAIT = "?wait=30s";
var POLL_LIMIT_MS = 45e3;
async function* watch(parts, options) {
  const { signal = NEVER } = options;
  const query = queryOf2(options);
  const polled = polledOf(options);
  const state = {
    revision: void 0,
    eventId: void 0,
    etag: void 0,
    gist: void 0,
    retryMs: FIRST_RETRY_MS
  };
  let streams = true;
  for (let broken = 0; ; ) {
    signal.throwIfAborted();
    const end = yield* streams ? listen(parts, state, `/events${query}`, signal) : poll(parts, state, polled, signal);
    signal.throwIfAborted();
    if (end === "over") return;
    if (end === "no_such_thing") streams = false;
    broken = end === "broken" ? broken + 1 : 0;
    if (end === "broken" || end === "later") {
      const waitMs = state.retryMs * (0.5 + parts.random()) + backoffMs(broken, parts.random);
      await parts.clock.sleep(waitMs, signal);
    }
  }
}
function queryOf2({ org, repo }) {
  for (const name of [org, repo]) {
    if (name !== void 0 && !isPlainName(name))
      throw new ClientError("CLIENT_BAD_NAME", `${JSON.stringify(name)} is not a name that GitHub allows`);
  }
  if (repo === void 0) return org === void 0 ? "" : `?org=${org}`;
  if (org !== void 0) return `?repo=${org}/${repo}`;
  throw new ClientError("CLIENT_BAD_OPTION", `repo: want the org of ${JSON.stringify(repo)}, too`);
}
function polledOf({ org, repo }) {
  if (org === void 0 || repo === void 0) {
    return {
      path: `/registry${WAIT}`,
      gistOf: (said) => said.outcome === "answer" ? said.told.revision : void 0
    };
  }
  const asked = { org, repo };
  const path = pathOf("/resolve", asked);
  return {
    path: `${path}${WAIT}`,
    gistOf: (said) => {
      if (said.outcome === "answer") return JSON.stringify(readResolved(said.body, said.told, asked));
      const refusal = readRefusal(said, path);
      return refusal.outcome === "not-registered" ? refusal.missing : void 0;
    }
  };
}
async function* listen(parts, state, path, signal) {
  const seen = state.eventId === void 0 ? {} : { "last-event-id": state.eventId };
  const limit = limitTo(parts, SILENCE_MS, signal);
  try {
    const response = await open(parts, path, { accept: "text/event-stream", ...seen }, limit.signal);
    const end = endOf(response);
    if (end !== void 0) {
      await response.body?.cancel();
      return end;
    }
    const stream = new EventStream();
    for await (const piece of readPieces(response)) {
      limit.restart();
      for (const heard of stream.push(piece)) {
        if ("retryMs" in heard) state.retryMs = Math.min(heard.retryMs, LONGEST_RETRY_MS);
        else {
          state.eventId = heard.id;
          yield* tell(state, heard.id.split(".", 1)[0] ?? "");
        }
      }
    }
    return "later";
  } catch (thrown) {
    if (thrown instanceof ClientError) throw thrown;
    return "broken";
  } finally {
    limit.release();
  }
}
function endOf({ status, headers }) {
  if (status === 204) return "over";
  if (status === 429 || status >= 500) return "broken";
  return status === 200 && typeOf(headers) === "text/event-stream" ? void 0 : "no_such_thing";
}
async function* poll(parts, state, { path, gistOf }, signal) {
  const limit = limitTo(parts, POLL_LIMIT_MS, signal);
  try {
    const headers = state.etag === void 0 ? {} : { "if-none-match": state.etag };
    const judged = judge(await exchange(parts, path, headers, limit.signal), parts.clock.now());
    if (judged.outcome === "unchanged") return "again";
    if (judged.outcome === "outage" && !judged.passing && state.revision === void 0)
      throw failureError({ outcome: "unavailable", code: judged.code, detail: judged.detail, attempts: 1 });
    if (judged.outcome !== "answer" && judged.outcome !== "problem") return "broken";
    const gist = gistOf(judged);
    if (gist === void 0 || judged.told === void 0) return "broken";
    const isNews = gist !== state.gist;
    state.gist = gist;
    state.etag = judged.outcome === "answer" && judged.etag || void 0;
    if (isNews) yield* tell(state, judged.told.revision);
    return isNews ? "again" : "later";
  } catch (thrown) {
    if (thrown instanceof ClientError && thrown.failure?.outcome !== "untrusted") throw thrown;
    return "broken";
  } finally {
    limit.release();
  }
}
function* tell(state, revision) {
  if (revision === state.revision || !/^[0-9a-f]{64}$/.test(revision)) return;
  state.revision = revision;
  yield { revision };
}

// src/client/client.ts
function createClient(options) {
  const parts = partsOf(options);
  return {
    resolve: (org, repo, more = {}) => resolve(parts, { org, repo }, more),
    telemetryTarget: (org, repo, more = {}) => telemetryTarget(parts, { org, repo }, more),
    engineRecord: (org, repo, more = {}) => engineRecord(parts, { org, repo }, more),
    repos: (filter = {}, more = {}) => repos(parts, filter, more),
    watch: (more = {}) => watch(parts, more)
  };
}

// src/action/error.ts
var ActionError = class extends HouseError {
};

// src/action/inputs.ts
var WORDS = [
  "disabled",
  "not-registered",
  "stale",
  "unavailable",
  "untrusted"
];
var FAIL_ON_DEFAULT = "unavailable, untrusted";
function readInputs(env) {
  const faults = [];
  const url = inputOf(env, "url");
  if (!/^https?:\/\/[^\s]+$/.test(url))
    faults.push(`url: want http://… or https://…, got ${JSON.stringify(url)}`);
  const repository = inputOf(env, "repository") || (env.GITHUB_REPOSITORY ?? "");
  const [org = "", repo = "", ...rest] = repository.split("/");
  if (org === "" || repo === "" || rest.length > 0)
    faults.push(`repository: want <organisation>/<repository>, got ${JSON.stringify(repository)}`);
  const words = (inputOf(env, "fail-on") || FAIL_ON_DEFAULT).split(/[\s,]+/).filter((word) => word !== "");
  const known = words.length === 1 && words[0] === "none" ? [] : words;
  const strange = known.filter((word) => !WORDS.includes(word));
  if (strange.length > 0)
    faults.push(`fail-on: want ${WORDS.join(", ")}, or none alone, got ${JSON.stringify(strange.join(" "))}`);
  const audience = inputOf(env, "audience") || void 0;
  if (audience !== void 0 && !isPrivate(url))
    faults.push(`audience: a token is sent over https alone, and url is ${JSON.stringify(url)}`);
  if (faults.length > 0) throw new ActionError("ACTION_BAD_INPUT", faults.join("; "));
  return { url, org, repo, failOn: new Set(known), audience };
}
function inputOf(env, name) {
  return (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
}
function isPrivate(url) {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
}

// src/action/report.ts
function reportOf(answer, inputs) {
  const stale = isOld(answer);
  const reasons = answer.outcome === "registered" ? [] : [answer.outcome];
  if (stale) reasons.push("stale");
  const failed = reasons.some((reason) => inputs.failOn.has(reason));
  const level = failed ? "error" : reasons.length > 0 ? "warning" : "notice";
  const name = `${inputs.org}/${inputs.repo}`;
  const outputs = outputsOf(answer, stale);
  return {
    outputs,
    annotation: renderCommand(
      level,
      { title: `infra registry: ${answer.outcome}` },
      `${name}: ${sentenceOf(answer)}`
    ),
    summary: renderSummary(name, answer, outputs),
    failed
  };
}
function isOld(answer) {
  return "degraded" in answer && answer.degraded || "stale" in answer && answer.stale;
}
function outputsOf(answer, stale) {
  const entry = "telemetryRepo" in answer ? answer : void 0;
  return {
    outcome: answer.outcome,
    context: entry?.context ?? "",
    state: entry?.state ?? "",
    "telemetry-repo": entry?.telemetryRepo ?? "",
    revision: "revision" in answer ? answer.revision : "",
    stale: String(stale)
  };
}
function sentenceOf(answer) {
  switch (answer.outcome) {
    case "registered":
      return `registered for ${answer.context}, telemetry goes to ${answer.telemetryRepo}`;
    case "disabled":
      return `registered and disabled: ${answer.reason}`;
    case "not-registered":
      return `not registered: ${answer.detail}`;
    case "unavailable":
      return `the registry cannot be had (${answer.code}, asked ${answer.attempts} times), so nothing is known: ${answer.detail}`;
    case "untrusted":
      return `the registry is not to be trusted (${answer.code}): ${answer.detail}`;
  }
}
function renderSummary(name, answer, outputs) {
  const { outcome: _, ...facts } = outputs;
  const rows = Object.entries(facts).filter(([, value]) => value !== "").map(([key, value]) => `| ${key} | ${escapeMarkdown(value)} |`);
  const head = `### Infra registry: ${escapeMarkdown(name)} is ${answer.outcome}`;
  const sentence = escapeMarkdown(sentenceOf(answer));
  return [head, "", sentence, "", "| | |", "|---|---|", ...rows, ""].join("\n");
}
function escapeMarkdown(text) {
  return text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]()<>#+!|~&@:-]/g, (char) => `&#${char.charCodeAt(0)};`);
}
function renderCommand(command, properties, message) {
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${command}${pairs.length > 0 ? ` ${pairs.join(",")}` : ""}::${escapeMessage(message)}
`;
}
function escapeMessage(text) {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
function escapeProperty(text) {
  return escapeMessage(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
function renderOutputs(outputs) {
  return Object.entries(outputs).map(([name, value]) => {
    if (/[\r\n]/.test(value)) throw new TypeError(`${name} has more than one line`);
    return `${name}=${value}
`;
  }).join("");
}

// src/action/token.ts
var LIMIT_MS = 1e4;
async function requestToken(env, audience) {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
  if (address === void 0 || token === void 0) {
    const mend = 'give the job "permissions: id-token: write"';
    throw new ActionError("ACTION_NO_TOKEN", `the runner gives no token: ${mend}`);
  }
  const url = new URL(address);
  url.searchParams.set("audience", audience);
  let value;
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(LIMIT_MS)
    });
    if (!response.ok) throw new Error(`the answer is ${response.status}`);
    value = (await response.json())?.value;
  } catch (thrown) {
    throw new ActionError("ACTION_NO_TOKEN", `the runner gives no token: ${errorText(thrown)}`);
  }
  if (typeof value === "string" && /^[\w.~+/=-]+$/.test(value)) return value;
  throw new ActionError("ACTION_NO_TOKEN", "the runner gives no token: its answer holds none");
}

// src/action/run.ts
var DEADLINE_MS = 3e4;
async function run(env, sink) {
  try {
    const inputs = readInputs(env);
    const headers = await authorize(env, inputs.audience, sink);
    const client = createClient({ url: inputs.url, deadlineMs: DEADLINE_MS, headers });
    const report = reportOf(await client.resolve(inputs.org, inputs.repo), inputs);
    sink.append("GITHUB_OUTPUT", renderOutputs(report.outputs));
    sink.append("GITHUB_STEP_SUMMARY", report.summary);
    sink.say(report.annotation);
    return !report.failed;
  } catch (thrown) {
    if (!(thrown instanceof ActionError || thrown instanceof ClientError)) throw thrown;
    sink.say(renderCommand("error", { title: "infra registry" }, `${thrown.code}: ${thrown.message}`));
    return false;
  }
}
async function authorize(env, audience, sink) {
  if (audience === void 0) return {};
  const token = await requestToken(env, audience);
  sink.say(renderCommand("add-mask", {}, token));
  return { authorization: `Bearer ${token}` };
}

// src/bin/action.ts
var goOn = await run(process.env, {
  say: (text) => process.stdout.write(text),
  append: (variable, text) => {
    const file = process.env[variable];
    if (file !== void 0 && file !== "") appendFileSync(file, text);
  }
});
if (!goOn) process.exitCode = 1;
