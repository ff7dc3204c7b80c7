import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

/** The service's address and a key. The test lists accounts, which needs the scope accounts:read. */
export class OpenChannelsApi implements ICredentialType {
	name = 'openChannelsApi';

	displayName = 'OpenChannels API';

	icon: Icon = {
		light: 'file:../icons/openchannels.svg',
		dark: 'file:../icons/openchannels.dark.svg',
	};

	documentationUrl = 'https://openchannels.example/n8n#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'https://channels.example.com',
			description: 'Address of your installation, without /api',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description:
				'Made by <code>openchannels keys create</code>. The trigger needs a key with the scope admin.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'X-Api-Key': '={{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl.replace(/\\/+$/, "")}}',
			url: '/api/v2/channels/accounts',
			qs: { limit: 1 },
		},
		// The HTTP status is 200 for refusals too. The first rule whose value is that of the key fails
		// the test; the last one catches every other answer without a list of accounts.
		rules: [
			refusal('code', 401, 'The API key is unknown, revoked or expired'),
			refusal('code', 15203, 'The API key lacks the scope accounts:read'),
			refusal('data.list', undefined, 'There is no working openchannels service at this address'),
		],
	};
}

function refusal(key: string, value: unknown, message: string) {
	return { type: 'responseSuccessBody' as const, properties: { key, value, message } };
}
