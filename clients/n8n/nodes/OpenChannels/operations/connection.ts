import { sleep, type IDataObject, type INodeProperties } from 'n8n-workflow';
import type { Call, Operation } from '../call';
import { group, platform, shownFor } from '../properties';

const POLL_MILLISECONDS = 2000;

export const connectionProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: shownFor('connection'),
		options: [
			{
				name: 'Get Status',
				value: 'getStatus',
				description: 'Get the status of a connection that was started',
				action: 'Get the status of a connection',
			},
			{
				name: 'Start',
				value: 'start',
				description: 'Start connecting an account: returns the URL to show to its owner',
				action: 'Start a connection',
			},
			{
				name: 'Wait',
				value: 'wait',
				description: 'Wait until the person is done; a connection that fails is an error',
				action: 'Wait for a connection',
			},
		],
		default: 'start',
	},
	platform('getConnectablePlatforms', shownFor('connection')),
	{
		displayName: 'Session ID',
		name: 'sessionId',
		type: 'string',
		required: true,
		default: '={{ $json.sessionId }}',
		description: 'The sessionId that Start or Reconnect returned',
		displayOptions: shownFor('connection', 'getStatus', 'wait'),
	},
	{
		displayName: 'Timeout',
		name: 'timeout',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 300,
		description: 'How many seconds to wait',
		displayOptions: shownFor('connection', 'wait'),
	},
	{
		displayName: 'Options',
		name: 'startOptions',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		displayOptions: shownFor('connection', 'start'),
		options: [
			group,
			{
				displayName: 'Redirect URI',
				name: 'redirectUri',
				type: 'string',
				default: '',
				description: 'Where the browser goes at the end, with the result as query parameters',
			},
		],
	},
];

export const connectionOperations: Record<string, Operation> = {
	getStatus: status,
	start: async (call) => {
		const path = `/accounts/auth/${call.segment('platform')}`;
		const started = await call.api.get(path, call.collection('startOptions'));
		return { platform: call.required('platform'), ...started };
	},
	wait: async (call) => {
		const deadline = Date.now() + (call.value('timeout') as number) * 1000;
		for (;;) {
			const session = await status(call);
			if (session.status === 'failed') throw failed(call, session);
			if (session.status !== 'pending') return session;
			const left = deadline - Date.now();
			if (left <= 0) throw call.error('The person was not done within the timeout');
			await sleep(Math.min(POLL_MILLISECONDS, left));
		}
	},
};

async function status(call: Call): Promise<IDataObject> {
	const path = `/accounts/auth/${call.segment('platform')}/status/${call.segment('sessionId')}`;
	return await call.api.get(path);
}

function failed(call: Call, { errorCode, errorMessage }: IDataObject) {
	return call.error(String(errorMessage), `The connection failed with code ${errorCode}.`);
}
