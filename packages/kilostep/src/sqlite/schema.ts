/** Says in the file's header whose it is: "Kstp". */
export const applicationId = 0x4b737470

/** Version of the tables. A newer one is refused, an older one is brought up to date. */
export const schemaVersion = 3

/** What leads from each version of the tables, 0 for none at all, to the next. Explained in docs/journal.md. */
export const upgrades: readonly string[] = [
  `
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  plan TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  host TEXT
);
CREATE TABLE event (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  node INTEGER,
  attempt INTEGER,
  sample INTEGER,
  data TEXT,
  large TEXT,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE INDEX event_run_finished ON event (run) WHERE type = 'run-finished';
CREATE TABLE large (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (run, digest)
);
CREATE VIEW runs AS
SELECT
  name AS run,
  plan,
  datetime(started_at / 1000, 'unixepoch') AS started,
  coalesce((SELECT data ->> 'status' FROM event WHERE run = run.id AND type = 'run-finished'), 'open') AS status,
  (SELECT max(seq) + 1 FROM event WHERE run = run.id) AS events,
  started_at,
  host
FROM run;
`,
  `
CREATE TABLE report (
  run INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
  events INTEGER NOT NULL,
  text TEXT NOT NULL,
  trail BLOB NOT NULL
);
CREATE TABLE decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  subtask TEXT NOT NULL,
  decision TEXT NOT NULL
);
CREATE INDEX decision_run ON decision (run);
`,
  `
CREATE TABLE learned (
  worker TEXT NOT NULL,
  version TEXT NOT NULL,
  run TEXT NOT NULL,
  runs INTEGER NOT NULL DEFAULT 1,
  record TEXT NOT NULL,
  PRIMARY KEY (worker, version, run)
) WITHOUT ROWID;
`,
]
