interface Details {
  readonly redis?: { readonly status?: string };
  readonly cache?: { readonly sync?: string };
}

/** Whether a replica says that Redis answers it and that it learns what other replicas write. */
export async function isConnected(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health/ready`);
  const { details } = (await answer.json()) as { details?: Details };
  return answer.ok && details?.redis?.status === 'ok' && details.cache?.sync !== 'alone';
}
