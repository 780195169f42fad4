// Reads schema soc2_bi by node-postgres with the parsers it comes with, or by
// Cube's driver if the argument is "cube".  node-postgres tells a column's type by
// its number and knows no comments: those the catalog has, which any role reads.
// test/tap/lib/Soc2Bi.pm says what it writes.
'use strict';

const pg = require('pg');

// numbers of types => their names
const TYPES = Object.fromEntries(Object.entries(pg.types.builtins).map(([name, oid]) => [oid, name]));

const COMMENTS = `SELECT c.relname AS view, pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
    pg_catalog.json_object_agg(a.attname, pg_catalog.col_description(c.oid, a.attnum)) AS columns
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'soc2_bi'::pg_catalog.regnamespace AND c.relkind = 'v'
GROUP BY c.oid, c.relname`;

function say(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

// A value as text: a day is midnight in the zone of the client, a time has
// milliseconds.
function text(value, type) {
  if (value === null) return null;
  if (!(value instanceof Date)) return String(value);
  if (type !== 'DATE') return value.toISOString();
  const digits = (number, count) => String(number).padStart(count, '0');
  return [digits(value.getFullYear(), 4), digits(value.getMonth() + 1, 2), digits(value.getDate(), 2)].join('-');
}

async function refused(query) {
  for (const statement of process.env.BI_REFUSED.split('\n')) {
    let state = null;
    try {
      await query(statement);
    } catch (error) {
      state = error.code;
    }
    say({ refused: statement, state });
  }
}

async function byPg() {
  const client = new pg.Client();
  await client.connect();
  for (const { view, comment, columns } of (await client.query(COMMENTS)).rows) {
    const found = await client.query({ text: `SELECT * FROM soc2_bi.${view} ORDER BY 1`, rowMode: 'array' });
    const types = found.fields.map((field) => TYPES[field.dataTypeID]);
    say({
      view,
      comment,
      columns: found.fields.map((field, i) => [field.name, types[i], columns[field.name]]),
      rows: found.rows.map((row) => row.map((value, i) => text(value, types[i]))),
    });
  }
  await refused((statement) => client.query(statement));
  await client.end();
}

// Cube: the schema from which it makes a model, and rows as it loads them
async function byCube() {
  const { PostgresDriver } = require('@cubejs-backend/postgres-driver');
  const driver = new PostgresDriver({
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    database: process.env.PGDATABASE,
    user: process.env.PGUSER,
    password: process.env.PGPASSWORD,
  });
  await driver.testConnection();
  const schema = (await driver.tablesSchema()).soc2_bi;
  for (const view of Object.keys(schema)) {
    const { rows, types } = await driver.downloadQueryResults(
      `SELECT * FROM soc2_bi.${view} ORDER BY 1`, [], { highWaterMark: 1000 });
    const modelled = Object.fromEntries(schema[view].map((column) => [column.name, column.type]));
    say({
      view,
      comment: null,
      columns: types.map(({ name, type }) => [name, `${modelled[name]}, ${type}`, null]),
      rows: rows.map((row) => types.map(({ name }) => (row[name] === null ? null : String(row[name])))),
    });
  }
  await refused((statement) => driver.query(statement, []));
  await driver.release();
}

(process.argv[2] === 'cube' ? byCube() : byPg()).catch((error) => {
  console.error(error);
  process.exit(1);
});
