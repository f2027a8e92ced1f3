import * as z from 'zod/mini';

/**
 * Without code made at run time: the policy of the page forbids it, and trying it trips the policy. Comes before every
 * schema, so main.tsx imports it first.
 */
z.config({ jitless: true });
