import { customType } from 'drizzle-orm/sqlite-core';

/** Packed bytes; drizzle's own blob is a Node Buffer. */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'blob' });

/** A column without affinity, which keeps a number a number and a text a text. */
export const scalar = customType<{ data: string | number; driverData: string | number }>({ dataType: () => 'blob' });
