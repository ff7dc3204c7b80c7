import { config } from '@n8n/node-cli/eslint';

export default [
	...config,
	{
		files: ['package.json'],
		// This package is under Apache-2.0, like all of openchannels; the rule wants MIT.
		rules: { 'n8n-nodes-base/community-package-json-license-not-default': 'off' },
	},
];
