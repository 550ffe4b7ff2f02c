import type { Database, Row } from '@tidemark/db/database';
import type { Role } from '../contract/members.ts';
import type { Session } from '../contract/sessions.ts';
import type { Person } from '../deps.ts';
import { sha256Hex, toHex } from '../hash.ts';
import { sessionId } from '../sessions/open.ts';
import { newSecret } from '../tokens/secret.ts';

/** Whom an identity provider has vouched for: known by issuer and subject, which never change, unlike an address. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** Verified, in lower case. */
  readonly email: string;
  readonly name: string;
  readonly roles: Readonly<Record<string, Role>>;
}

export interface Persons {
  /** Opens a session for a person, who is made or brought up to date; answers its secret. */
  signIn(identity: Identity, session: { now: number; days: number; agent: string }): Promise<string>;
  /** Whom a session is of; null when it ended. */
  find(secret: string, now: number): Promise<Person | null>;
  sessionsOf(person: string, now: number): Promise<Omit<Session, 'kind' | 'current'>[]>;
  /** Ends one session of a person, or all; answers how many. */
  endSessions(person: string, id: string | null): Promise<number>;
}

const hashOf = (secret: string): Promise<string> => sha256Hex(`person:${secret}`);

export function openPersons(db: Database, rng: (length: number) => Uint8Array): Persons {
  return {
    async signIn({ issuer, subject, email, name, roles }, { now, days, agent }) {
      const secret = newSecret(rng);
      await db.batch([
        { sql: 'DELETE FROM person_sessions WHERE expires_at <= ?', params: [now] },
        {
          sql: `INSERT INTO persons (id, issuer, subject, email, name, roles, created_at, last_login_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (issuer, subject) DO UPDATE SET email = excluded.email, name = excluded.name, roles = excluded.roles,
                  last_login_at = excluded.last_login_at`,
          params: [toHex(rng(16)), issuer, subject, email, name, JSON.stringify(roles), now, now],
        },
        {
          sql: `INSERT INTO person_sessions (hash, person, created_at, expires_at, agent)
                SELECT ?, id, ?, ?, ? FROM persons WHERE issuer = ? AND subject = ?`,
          params: [await hashOf(secret), now, now + days * 86_400_000, agent.slice(0, 200), issuer, subject],
        },
      ]);
      return secret;
    },
    async find(secret, now) {
      const hash = await hashOf(secret);
      const [row] = await db.all<Row>(
        `SELECT persons.id, email, name, roles FROM person_sessions JOIN persons ON persons.id = person
         WHERE hash = ? AND expires_at > ?`,
        [hash, now],
      );
      if (!row) return null;
      const roles = JSON.parse(String(row.roles)) as Record<string, Role>;
      return {
        id: String(row.id),
        email: String(row.email),
        name: String(row.name),
        roles,
        sessionId: sessionId(hash),
      };
    },
    async sessionsOf(person, now) {
      const rows = await db.all<Row>(
        `SELECT hash, created_at, expires_at, agent FROM person_sessions WHERE person = ? AND expires_at > ?
         ORDER BY created_at DESC LIMIT 1000`,
        [person, now],
      );
      return rows.map((row) => ({
        id: sessionId(String(row.hash)),
        createdAt: Number(row.created_at),
        expiresAt: Number(row.expires_at),
        agent: String(row.agent),
      }));
    },
    endSessions: async (person, id) =>
      (
        await db.all(
          'DELETE FROM person_sessions WHERE person = ? AND (? IS NULL OR substr(hash, 1, 16) = ?) RETURNING hash',
          [person, id, id],
        )
      ).length,
  };
}
