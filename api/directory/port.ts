import type { Role } from '../contract/members.ts';
import type { Session } from '../contract/sessions.ts';

/** What the directory is told of a project. */
export interface ProjectFigures {
  readonly title: string;
  readonly archivedAt: number | null;
  readonly runs: number;
  readonly running: number;
  readonly lastActivityAt: number | null;
  readonly bytes: number;
}

/** The directory as one project sees it: it speaks for itself only. */
export interface ProjectDirectory {
  tell(figures: ProjectFigures): Promise<void>;
  /** All its members, so that their home page lists it. */
  tellMembers(members: readonly { email: string; role: Role }[]): Promise<void>;
  /** A person's sessions, newest first. */
  sessionsOf(user: string): Promise<Omit<Session, 'kind' | 'current'>[]>;
  /** Ends a person's session, or all; answers how many there were. */
  endSessions(user: string, id: string | null): Promise<number>;
}
