import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';

export const TOLERANCE_SECONDS = 300;

export interface Message {
	headers: Record<string, string | string[] | undefined>;
	body: Buffer;
}

/**
 * Returns the event of a message, with its id, if a signature by `secret` is valid and the timestamp
 * recent; otherwise undefined. `body` is the received body, byte for byte.
 */
export function verified({ headers, body }: Message, secret: string): IDataObject | undefined {
	const id = headers['webhook-id'];
	const timestamp = headers['webhook-timestamp'];
	const signatures = headers['webhook-signature'];
	if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
		return undefined;
	}
	const age = Math.abs(Date.now() / 1000 - Number(timestamp));
	if (!(age <= TOLERANCE_SECONDS)) return undefined;
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
	const expected = Buffer.from(`v1,${mac.digest('base64')}`);
	if (!signatures.split(' ').some((signature) => equal(Buffer.from(signature), expected))) {
		return undefined;
	}
	return { ...(JSON.parse(body.toString('utf8')) as IDataObject), id };
}

function equal(sent: Buffer, expected: Buffer): boolean {
	return sent.length === expected.length && timingSafeEqual(sent, expected);
}
