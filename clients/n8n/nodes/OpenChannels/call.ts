import { DateTime } from 'luxon';
import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import { Api } from './api';

export type Operation = (call: Call) => Promise<IDataObject | IDataObject[]>;

/** One operation on one input item: its parameters and the service. */
export class Call {
	readonly api: Api;

	constructor(
		readonly context: IExecuteFunctions,
		private readonly item: number,
	) {
		this.api = new Api(context, this.value('language') as string);
	}

	value(name: string): unknown {
		return this.context.getNodeParameter(name, this.item, undefined, { extractValue: true });
	}

	/** A parameter's text, made a segment of a path. Raises NodeOperationError if it is empty. */
	segment(name: string): string {
		return encodeURIComponent(this.required(name));
	}

	/** A parameter's text. Raises NodeOperationError if it is empty. */
	required(name: string): string {
		const text = String(this.value(name) ?? '').trim();
		if (!text) throw this.error(`The parameter "${name}" is empty`);
		return text;
	}

	/** The entries of a collection that were filled in; date-times in UTC. */
	collection(name: string): IDataObject {
		const entries = Object.entries(this.value(name) as IDataObject)
			.filter(([, value]) => value !== '' && value !== null)
			.map(([key, value]) => [key, MOMENTS.has(key) ? this.utc(value) : value]);
		return Object.fromEntries(entries);
	}

	/** How many entries of a list are wanted; all is Infinity. */
	limit(): number {
		return this.value('returnAll') ? Infinity : (this.value('limit') as number);
	}

	error(message: string, description?: string): NodeOperationError {
		return new NodeOperationError(this.context.getNode(), message, {
			description,
			itemIndex: this.item,
		});
	}

	/** A date-time without an offset is one of the workflow's time zone. */
	private utc(value: unknown): string {
		const moment = DateTime.fromISO(String(value), { zone: this.context.getTimezone() });
		const text = moment.toUTC().toISO();
		if (!text) throw this.error(`"${value}" is not a date and time`);
		return text;
	}
}

const MOMENTS = new Set(['since', 'until']);
