interface Details {
  readonly redis?: { readonly status?: string };
  readonly cache?: { readonly sync?: string };
}

/** Whether a replica is connected to Redis and learns of other replicas' writes. */
export async function isConnected(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health/ready`);
  const { details } = (await answer.json()) as { details?: Details };
  return answer.ok && details?.redis?.status === 'ok' && details.cache?.sync !== 'alone';
}
