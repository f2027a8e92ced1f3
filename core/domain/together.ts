/** Waits for both, also where one fails: nothing of the work goes on after its task has ended. @throws what failed */
export async function together<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}
