import { describe, expect, it } from 'vitest';
import {
  canStream,
  dataInsert,
  dataOffset,
  formatOf,
  readsOnly,
  severalStatements,
} from '../../src/clickhouse/engine/statement.ts';

describe('statements', () => {
  it.each([
    ['INSERT INTO t FORMAT Native', 'INSERT INTO t', '', 'Native'],
    ['insert into a.b (x, `y z`) format JSONEachRow;', 'INSERT INTO a.b (x, `y z`)', '', 'JSONEachRow'],
    ['INSERT INTO t SETTINGS a=1, b=2 FORMAT CSV', 'INSERT INTO t', ' SETTINGS a=1, b=2', 'CSV'],
    ['/* c */ -- d\n INSERT INTO t (a) VALUES', 'INSERT INTO t (a)', '', 'VALUES'],
  ])('that bring data: %s', (sql, head, settings, format) => {
    expect(dataInsert(sql)).toEqual({ head, settings, format });
  });

  it.each([
    'SELECT 1 FORMAT CSV',
    'INSERT INTO t SELECT 1 FORMAT CSV',
    'INSERT INTO t VALUES (1)',
    "INSERT INTO FUNCTION file('x', 'CSV') SELECT 1",
    'CREATE TABLE t (a UInt8) ENGINE = Memory',
  ])('that bring none: %s', (sql) => {
    expect(dataInsert(sql)).toBeUndefined();
  });

  it('have their data cut off after the format', () => {
    const body = Buffer.from('INSERT INTO t FORMAT CSV\n1,2\n');
    expect(body.subarray(dataOffset(body)).toString()).toBe('1,2\n');
    expect(dataOffset(Buffer.from('INSERT INTO t SELECT 1 FORMAT CSV'))).toBe(0);
    expect(dataOffset(Buffer.from('SELECT 1 FORMAT CSV'))).toBe(0);
  });

  it.each([
    ['SELECT 1; DROP TABLE t', true],
    ["SELECT 'a\\'; b' ; SELECT 2", true],
    ['SELECT 1 /* ; */; -- x\n SET a = 1', true],
    ['SELECT 1;', false],
    ['SELECT 1 ; ; -- done; over', false],
    ["SELECT ';' , 'it''s; \\'; x', \"a;b\", `c;d` /* ; e */ -- ; f", false],
    [`SELECT '${'x'.repeat(1_000_000)};'`, false],
  ])('are one at a time: %.60s', (sql, several) => {
    expect(severalStatements(sql)).toBe(several);
  });

  it('tell their format and whether they only read', () => {
    expect(formatOf('SELECT 1 FORMAT  JSON ;')).toBe('JSON');
    expect(formatOf('SELECT 1 FORMAT CSV SETTINGS max_threads = 1')).toBe('CSV');
    expect(formatOf("SELECT ' FORMAT '")).toBeUndefined();
    expect(['(SELECT 1)', 'with 1 as x select x', 'SHOW TABLES', 'DROP TABLE t'].map(readsOnly)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(readsOnly('WITH 1 AS x INSERT INTO t SELECT x')).toBe(false);
    expect(readsOnly("WITH 'INSERT INTO t' AS x SELECT x -- INSERT INTO t")).toBe(true);
    expect(canStream('SELECT 1', 'Native')).toBe(true);
    expect(canStream('SELECT 1', 'CSVWithNames')).toBe(false);
    expect(canStream('SHOW TABLES', 'Native')).toBe(false);
  });
});
