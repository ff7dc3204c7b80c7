import type { IDataObject } from 'n8n-workflow';
import type { Api } from './api';

interface WorksPagination {
	mode: 'cursor' | 'page' | 'none';
	maxLimit?: number;
	maxPageSize?: number;
}

interface Platform {
	platform: string;
	capabilities: { work: { listWorksPagination: WorksPagination } };
}

interface WorksPage {
	items: IDataObject[];
	pagination: { hasNext?: boolean; nextCursor?: string };
}

interface CursorPage {
	list: IDataObject[];
	nextCursor?: string;
}

/** Follows `nextCursor` of a list until it ends or holds `limit` entries. */
export async function listByCursor(
	api: Api,
	path: string,
	query: IDataObject,
	{ limit, pageSize }: { limit: number; pageSize: number },
): Promise<IDataObject[]> {
	const found: IDataObject[] = [];
	let cursor: string | undefined;
	do {
		const size = Math.min(pageSize, limit - found.length);
		const page = await api.get<CursorPage>(path, {
			...query,
			limit: size,
			...(cursor && { cursor }),
		});
		found.push(...page.list);
		cursor = page.nextCursor;
	} while (cursor && found.length < limit);
	return found;
}

/**
 * Lists works of one account until the list ends or `limit` are found. Pages have the platform's
 * maximum size, since each costs quota, and may be empty before the list ends.
 */
export async function listWorks(
	api: Api,
	platform: string,
	query: IDataObject,
	limit: number,
): Promise<IDataObject[]> {
	const pagination = await worksPagination(api, platform);
	const found: IDataObject[] = [];
	let position: IDataObject | undefined = firstPage(pagination, limit);
	while (position) {
		const page: WorksPage = await api.get(`/works/${platform}`, { ...query, ...position });
		found.push(...page.items);
		position = found.length < limit ? nextPage(position, page) : undefined;
	}
	return found.slice(0, limit);
}

async function worksPagination(api: Api, name: string): Promise<WorksPagination> {
	const platforms = await api.get<Platform[]>('/platforms');
	const platform = platforms.find((each) => each.platform === name);
	return platform?.capabilities.work.listWorksPagination ?? { mode: 'none' };
}

function firstPage({ mode, maxLimit, maxPageSize }: WorksPagination, limit: number): IDataObject {
	if (mode === 'cursor') return { limit: Math.min(maxLimit ?? limit, limit) };
	if (mode === 'page') return { page: 1, pageSize: Math.min(maxPageSize ?? limit, limit) };
	return {};
}

function nextPage(position: IDataObject, { pagination }: WorksPage): IDataObject | undefined {
	if (!pagination.hasNext) return undefined;
	if ('page' in position) return { ...position, page: (position.page as number) + 1 };
	return { ...position, cursor: pagination.nextCursor };
}
